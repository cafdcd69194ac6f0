/** The verbs of `./muster` that concern this machine: start, stop and look at the local stack. */

import { join } from 'node:path';
import { Command } from 'commander';
import { runChecks } from './checks.ts';
import { startControlPlane } from './control-plane.ts';
import { examine, printFindings } from './doctor.ts';
import { removeStack, stopStack } from './down.ts';
import { startEngines } from './engines/index.ts';
import { showLogs } from './logs.ts';
import { createProgress, explain, together } from './progress.ts';
import { openStack, shown } from './stack.ts';
import { printStatus } from './status.ts';

const program = new Command('muster').description('Muster on this machine');

program
  .command('up')
  .description('start the engines, the Kubernetes control plane and the platform')
  .option('--engines-only', 'only Postgres, Redis and RabbitMQ')
  .option('--no-platform', 'the engines and Kubernetes, without Muster itself')
  .action(async ({ enginesOnly }: { enginesOnly?: boolean; platform: boolean }) => {
    const stack = openStack();
    const progress = createProgress();
    await together<unknown>([
      startEngines(stack, { progress }),
      ...(enginesOnly ? [] : [progress.step('Kubernetes', () => startControlPlane(stack, progress))]),
    ]);
    console.log(`Addresses: . ${shown(join(stack.home, 'env'))}`);
  });

program
  .command('down')
  .description('stop all that this stack started, and nothing else')
  .option('--purge', 'and delete its data')
  .action(({ purge }: { purge?: boolean }) => (purge ? removeStack : stopStack)(openStack(), createProgress()));

program
  .command('status')
  .description('what runs, since when, and where its log is')
  .option('--json', 'for programs')
  .action((options: { json?: boolean }) => printStatus(openStack(), options));

program
  .command('doctor')
  .description('what this machine lacks, and how to mend it')
  .option('--json', 'for programs')
  .action(async (options: { json?: boolean }) => printFindings(await examine(openStack()), options));

program
  .command('logs [name]')
  .description('the logs of one process, or of all')
  .option('-f, --follow', 'keep printing what is added')
  .option('-n, --lines <n>', 'how many lines to begin with', Number, 20)
  .action((name: string | undefined, options: { follow?: boolean; lines: number }) =>
    showLogs(openStack(), name, options),
  );

program
  .command('test [files...]')
  .description('run every check and test, or just the given test files')
  .action((files: string[]) => runChecks(openStack().home, files));

// A record is written right after its process is started: an interrupt waits until the event loop is free again.
process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));

try {
  await program.parseAsync();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}

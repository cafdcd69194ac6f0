/** The verbs of `./muster` that concern this machine: start, stop and look at the local stack. */

import { join } from 'node:path';
import { Command } from 'commander';
import { runBenches } from './bench.ts';
import { runChecks } from './checks.ts';
import { type DemoOptions, runDemo } from './demo/demo.ts';
import { examine, printFindings } from './doctor.ts';
import { removeStack, stopStack } from './down.ts';
import { startEngines } from './engines/index.ts';
import { onInterrupt } from './interrupt.ts';
import { showLogs } from './logs.ts';
import { createProgress, explain } from './progress.ts';
import { takeScreenshots } from './screenshots.ts';
import { openStack, shown } from './stack.ts';
import { printStatus } from './status.ts';
import { bringUp, startFoundations } from './up.ts';

interface UpOptions {
  enginesOnly?: boolean;
  platform: boolean;
  country: string;
  kubeconfig?: string;
}

const program = new Command('muster').description('Muster on this machine');

program
  .command('up')
  .description('start the engines, the Kubernetes control plane and the platform')
  .option('--engines-only', 'only Postgres, Redis and RabbitMQ')
  .option('--no-platform', 'the engines and Kubernetes, without Muster itself')
  .option('--country <code>', 'where this machine is said to be', 'DE')
  .option('--kubeconfig <file>', 'use this cluster instead of a control plane of our own')
  .action(async ({ enginesOnly, platform, ...options }: UpOptions) => {
    const stack = openStack();
    const progress = createProgress();
    if (enginesOnly) await startEngines(stack, undefined, { progress });
    else if (!platform) await startFoundations(stack, progress, options);
    else console.log(`Muster runs at ${await bringUp(stack, progress, options)}`);
    console.log(`Addresses: . ${shown(join(stack.home, 'env'))}`);
  });

program
  .command('demo')
  .description('bring everything up and run a cluster with a task, showing each command')
  .option('--country <code>', 'where this machine is said to be', 'DE')
  .option('--kubeconfig <file>', 'use this cluster instead of a control plane of our own')
  .option('--simulate <n>', 'also this many simulated workers, labelled as such', Number)
  .action((options: DemoOptions) => runDemo(openStack(), options, createProgress()));

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

program
  .command('screenshots')
  .description('pictures of every page of the demo, in both themes and three widths')
  .argument('[begin]', 'only pages whose address begins so, such as /console')
  .action((begin: string | undefined) => takeScreenshots(openStack(), begin ? [begin] : [], createProgress()));

program
  .command('bench')
  .description('measure, beside peers in the same run')
  .argument('[args...]', 'handed to the benches: sections, --json')
  .allowUnknownOption()
  .helpOption(false)
  .action((args: string[]) => runBenches(openStack().home, args, createProgress()));

// A reader that goes away, such as `head`, must not stop `down` halfway.
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});

// A record is written right after its process is started: an interrupt waits until the event loop is free again.
onInterrupt();

try {
  await program.parseAsync();
} catch (error) {
  explain(error);
  process.exitCode = 1;
}

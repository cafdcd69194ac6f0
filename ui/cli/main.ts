#!/usr/bin/env node
/** The command line of Muster: for customers, suppliers and operators, over the same APIs that anyone may call. */
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { accountCommands } from './commands/account.ts';
import { adminCommands } from './commands/admin.ts';
import { billingCommands } from './commands/billing.ts';
import { clusterCommands } from './commands/cluster.ts';
import { marketCommands } from './commands/market.ts';
import { taskCommands } from './commands/task.ts';
import { workerCommands } from './commands/worker.ts';
import { describeFailure, exitCodeOf, exitCodes } from './failure.ts';
import { style } from './output.ts';

const program = new Command('muster')
  .description('GPU clusters from many suppliers, by the second.')
  .option('--json', 'print answers as JSON')
  .exitOverride()
  .showHelpAfterError('(see --help)')
  .hook('preAction', (command) => {
    style.json = command.opts<{ json?: boolean }>().json ?? false;
  })
  .addHelpText(
    'after',
    `
Exit status: 0 done, 1 the answer is no, 2 wrong use, 3 refused, 4 a fault of the platform or the network.
Environment: MUSTER_URL and MUSTER_API_KEY win over the profile that \`muster login\` writes.
Completion:  source <(muster complete bash), or zsh, fish, powershell.`,
  );

marketCommands(program);
clusterCommands(program);
taskCommands(program);
billingCommands(program);
workerCommands(program);
accountCommands(program);
adminCommands(program);
inherit(program);
tab(program);

// A reader that goes away, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.userError;
  else {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

/** Commander does not hand these down to commands that were added by `command()` before. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride().showHelpAfterError('(see --help)');
    inherit(child);
  }
}

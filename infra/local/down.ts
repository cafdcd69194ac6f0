/** Ends a stack: all that it started, newest first, and nothing else. */
import type { Progress } from './progress.ts';
import type { Stack } from './stack.ts';
import { isAlive, listProcesses, stopProcess, stopStrays } from './supervisor.ts';

/** Stops every process of the stack in reverse order of its start; the data stays. */
export async function stopStack(stack: Stack, progress: Progress): Promise<void> {
  for (const record of listProcesses(stack).reverse()) {
    if (isAlive(record)) await progress.step(`Stop ${record.name}`, () => stopProcess(stack, record.name));
    else await stopProcess(stack, record.name);
  }
  await stopStrays(stack);
}

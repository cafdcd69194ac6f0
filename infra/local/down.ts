/** Ends a stack: all that it started, newest first, and nothing else. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { hiddenData } from './engines/postgres.ts';
import { findContainerEngine } from './images.ts';
import type { Progress } from './progress.ts';
import { openStack, type Stack } from './stack.ts';
import { isAlive, listProcesses, stopProcess, stopStrays } from './supervisor.ts';

/** What the others need: it goes last, also when it was started again after them. */
const foundations = /^(postgres|redis|rabbitmq|rabbitmq-ports|etcd|kube-.*)$/;

/** Stops every process of the stack in reverse order of its start, and of the test stacks inside it; the data stays. */
export async function stopStack(stack: Stack, progress: Progress): Promise<void> {
  const newestFirst = listProcesses(stack).reverse();
  const isFoundation = ({ name }: { name: string }) => foundations.test(name);
  for (const record of [...newestFirst.filter((each) => !isFoundation(each)), ...newestFirst.filter(isFoundation)]) {
    if (isAlive(record)) await progress.step(`Stop ${record.name}`, () => stopProcess(stack, record.name));
    else await stopProcess(stack, record.name);
  }
  await stopStrays(stack);
  removeContainers(stack);
  for (const home of ['test', 'check', 'bench'].map((name) => join(stack.home, name))) {
    if (existsSync(join(home, 'stack.json'))) await stopStack(openStack({ home }), progress);
  }
}

/** Stops the stack and deletes it with all its data: for stacks that are thrown away. */
export async function removeStack(stack: Stack, progress: Progress): Promise<void> {
  await stopStack(stack, progress);
  rmSync(hiddenData(stack), { recursive: true, force: true });
  rmSync(stack.home, { recursive: true, force: true });
}

/** The containers and networks that the stack's agents made; they outlive an agent, but not the stack. */
function removeContainers(stack: Stack): void {
  const engine = findContainerEngine();
  if (!engine) return;
  const filter = ['--filter', `label=muster.stack=${stack.id}`];
  const list = (args: string[]) =>
    (spawnSync(engine, [...args, '--quiet', ...filter], { encoding: 'utf8' }).stdout ?? '').split('\n').filter(Boolean);
  const containers = list(['ps', '--all']);
  if (containers.length > 0) spawnSync(engine, ['rm', '--force', '--volumes', ...containers], { stdio: 'ignore' });
  const networks = list(['network', 'ls']);
  if (networks.length > 0) spawnSync(engine, ['network', 'rm', ...networks], { stdio: 'ignore' });
}

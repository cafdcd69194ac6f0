/** `muster logs`: the end of the logs, and what is added to them. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { StepError } from './progress.ts';
import type { Stack } from './stack.ts';
import { logPath } from './supervisor.ts';

/** Prints the last lines of one log or of all, by `tail`, which also follows several files at once. */
export async function showLogs(
  stack: Stack,
  name: string | undefined,
  { follow = false, lines }: { follow?: boolean; lines: number },
): Promise<void> {
  const all = readdirSync(join(stack.home, 'logs')).sort();
  const files = name ? [logPath(stack, name)] : all.map((file) => join(stack.home, 'logs', file));
  if (files.length === 0 || !files.every((file) => existsSync(file))) {
    const known = all.map((file) => file.replace(/\.log$/, '')).join(', ');
    throw new StepError(`There is no log ${name ?? 'yet'}.`, { fix: known ? `one of: ${known}` : './muster up' });
  }
  const child = spawn('tail', ['-n', String(lines), ...(follow ? ['-F'] : []), ...files], { stdio: 'inherit' });
  await new Promise((done) => child.once('exit', done));
}

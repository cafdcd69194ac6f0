/** `muster bench`: runs the benches on engines of their own, which are thrown away afterwards. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { removeStack } from './down.ts';
import { onInterrupt } from './interrupt.ts';
import type { Progress } from './progress.ts';
import { checkout, openStack, readEnvironment } from './stack.ts';
import { startFoundations } from './up.ts';

/** @param home folder of the user's own stack; that of the benches lies inside it. It keeps its fsync: so do its peers. */
export async function runBenches(home: string, args: string[], progress: Progress): Promise<void> {
  const stack = openStack({ home: join(home, 'bench') });
  const stop = () => removeStack(stack, progress);
  onInterrupt(stop);
  try {
    await startFoundations(stack, progress, { own: true });
    const child = spawn(process.execPath, [join(checkout, 'bench/main.ts'), ...args], {
      cwd: checkout,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...readEnvironment(stack), MUSTER_HOME: stack.home },
    });
    process.once('exit', () => child.kill());
    process.exitCode = await new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
  } finally {
    await stop();
  }
}

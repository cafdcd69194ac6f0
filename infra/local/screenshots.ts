/** `muster screenshots`: pictures of every page of the running demo, which is brought up when it does not run. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensureChromium } from './chromium.ts';
import { demoDefaults, setUpDemo } from './demo/demo.ts';
import type { Progress } from './progress.ts';
import { checkout, type Stack } from './stack.ts';
import { isRunning } from './supervisor.ts';
import { ensureWeb } from './web.ts';

/** So many that tables scroll and maps have something to show. */
const simulatedWorkers = 200;

/** @param args handed on: the beginning of the addresses to take pictures of */
export async function takeScreenshots(stack: Stack, args: string[], progress: Progress): Promise<void> {
  const runs = isRunning(stack, 'gateway') && existsSync(join(stack.home, 'demo.json'));
  if (runs) await ensureWeb(stack, progress);
  else await setUpDemo(stack, { ...demoDefaults, simulate: simulatedWorkers }, progress);
  await progress.step('Browser', () => ensureChromium(stack), { describe: (path) => path });
  const child = spawn(process.execPath, [join(checkout, 'e2e/web/screenshots.ts'), ...args], {
    cwd: checkout,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MUSTER_HOME: stack.home },
  });
  process.once('exit', () => child.kill());
  process.exitCode = await new Promise<number>((done) => child.once('exit', (code) => done(code ?? 1)));
}

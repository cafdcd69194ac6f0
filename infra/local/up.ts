/** `muster up`: the engines, the control plane and the platform, each started when it does not run yet. */
import { startControlPlane } from './control-plane.ts';
import { startEngines } from './engines/index.ts';
import { type PlatformOptions, startPlatform } from './platform.ts';
import { type Progress, together } from './progress.ts';
import type { Stack } from './stack.ts';

/** Starts the engines and the control plane, side by side. @param own engines of the stack's own, whatever the environment names */
export async function startFoundations(stack: Stack, progress: Progress, own = !stack.durable): Promise<void> {
  await together<unknown>([
    startEngines(stack, undefined, { progress, own }),
    progress.step('Kubernetes', () => startControlPlane(stack, progress)),
  ]);
}

/** Brings all of it up, and answers the address of the gateway. */
export async function bringUp(stack: Stack, progress: Progress, options: PlatformOptions = {}): Promise<string> {
  await startFoundations(stack, progress);
  return startPlatform(stack, progress, options);
}

/** `muster up`: the engines, a Kubernetes cluster, the web and the platform, each built or started when it does not run yet. */
import { startControlPlane } from './control-plane.ts';
import { startEngines } from './engines/index.ts';
import { foreignKubeconfig, useCluster } from './foreign.ts';
import { type PlatformOptions, startPlatform } from './platform.ts';
import { type Progress, together } from './progress.ts';
import type { Stack } from './stack.ts';
import { ensureWeb } from './web.ts';

export interface FoundationOptions {
  /** Engines of the stack's own, whatever the environment names: by default where the data is thrown away. */
  own?: boolean;
  /** A cluster to use instead of a control plane of our own; it is remembered. */
  kubeconfig?: string | undefined;
}

/** Starts the engines and the control plane, side by side. */
export async function startFoundations(
  stack: Stack,
  progress: Progress,
  { own = !stack.durable, kubeconfig = foreignKubeconfig(stack) }: FoundationOptions = {},
): Promise<void> {
  await together<unknown>([
    startEngines(stack, undefined, { progress, own }),
    kubeconfig
      ? progress.step('Kubernetes', () => useCluster(stack, kubeconfig), {
          describe: (version) => `${version}, named by ${kubeconfig}`,
        })
      : progress.step('Kubernetes', () => startControlPlane(stack, progress)),
  ]);
}

/** Brings all of it up, and answers the address of the gateway. */
export async function bringUp(
  stack: Stack,
  progress: Progress,
  options: PlatformOptions & FoundationOptions = {},
): Promise<string> {
  await together<unknown>([startFoundations(stack, progress, options), ensureWeb(stack, progress)]);
  return startPlatform(stack, progress, options);
}

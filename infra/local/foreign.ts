/** A Kubernetes cluster that somebody named with `--kubeconfig`: used as this machine's pool instead of a control plane of our own. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CoreV1Api, KubeConfig, VersionApi } from '@kubernetes/client-node';
import { pkiFolder } from './control-plane.ts';
import { writeKubeconfigFile } from './kubeconfig.ts';
import { ensureAuthority } from './pki.ts';
import { StepError } from './progress.ts';
import { addEnvironment, readEnvironment, type Stack, writePrivate } from './stack.ts';
import { waitFor } from './supervisor.ts';

/** Path of the kubeconfig that was named for this stack, once and for all; undefined when it has a control plane of its own. */
export function foreignKubeconfig(stack: Stack): string | undefined {
  const path = readEnvironment(stack).MUSTER_KUBECONFIG;
  return path?.startsWith(`${stack.home}/`) ? undefined : path;
}

/**
 * Makes a named cluster this stack's.
 *
 * @returns the cluster's version
 * @throws StepError when the stack has a control plane of its own already, or the cluster does not answer
 */
export async function useCluster(stack: Stack, kubeconfig: string): Promise<string> {
  const path = resolve(kubeconfig);
  if (existsSync(join(stack.home, 'kubernetes', 'etcd'))) {
    throw new StepError('This stack has a control plane of its own, with clusters in it.', {
      fix: 'use another folder (MUSTER_HOME), or start anew after ./muster down --purge',
    });
  }
  const { gitVersion } = await load(path)
    .makeApiClient(VersionApi)
    .getCode()
    .catch((cause) => {
      throw new StepError(`The cluster of ${path} does not answer.`, { cause });
    });
  addEnvironment(stack, { MUSTER_KUBECONFIG: path });
  // Its API server signs no certificates for us: the bridge serves as a kubelet under an authority of this stack's.
  await ensureAuthority(pkiFolder(stack), 'muster-kubelets');
  writePrivate(join(pkiFolder(stack), 'clients.crt'), authorityOf(path));
  return gitVersion;
}

/** A kubeconfig with the token of one of Muster's service accounts there, and its path. */
export async function accountKubeconfig(stack: Stack, foreign: string, account: string): Promise<string> {
  const config = load(foreign);
  const api = config.makeApiClient(CoreV1Api);
  let token = '';
  await waitFor(async () => {
    const { data } = await api.readNamespacedSecret({ name: `${account}-token`, namespace: 'muster-system' });
    token = Buffer.from(data?.token ?? '', 'base64').toString();
    return token;
  }, 20_000);
  if (!token) throw new StepError(`The cluster has made no token for ${account}.`);
  const path = join(stack.home, 'kubernetes', `${account}.kubeconfig`);
  const { server } = config.getCurrentCluster()!;
  writeKubeconfigFile(path, { server, authority: authorityOf(foreign), user: { token } });
  return path;
}

function authorityOf(path: string): string {
  const cluster = load(path).getCurrentCluster();
  if (cluster?.caData) return Buffer.from(cluster.caData, 'base64').toString();
  if (cluster?.caFile) return readFileSync(cluster.caFile, 'utf8');
  throw new StepError(`${path} names no certificate authority of its cluster.`);
}

function load(path: string): KubeConfig {
  const config = new KubeConfig();
  config.loadFromFile(path);
  return config;
}

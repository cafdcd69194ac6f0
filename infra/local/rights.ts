/** The rights of Muster's processes in the pool of this machine: those that any operator would give them (`k8s/pool`). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi, loadAllYaml, PatchStrategy } from '@kubernetes/client-node';
import { pkiFolder, writeKubeconfig } from './control-plane.ts';
import { accountKubeconfig, foreignKubeconfig } from './foreign.ts';
import { checkout, readEnvironment, type Stack, writePrivate } from './stack.ts';

const manifests = ['orchestrator.yaml', 'node-bridge.yaml'].map((name) => join(checkout, 'k8s/pool', name));

/** Applies the manifests, when they have changed since the last time. */
async function applyManifests(stack: Stack): Promise<void> {
  const texts = manifests.map((path) => readFileSync(path, 'utf8'));
  const applied = join(stack.home, 'kubernetes', 'applied');
  const content = createHash('sha256').update(texts.join()).digest('hex');
  if (existsSync(applied) && readFileSync(applied, 'utf8') === content) return;
  const config = new KubeConfig();
  config.loadFromFile(readEnvironment(stack).MUSTER_KUBECONFIG!);
  const api = KubernetesObjectApi.makeApiClient(config);
  for (const object of texts.flatMap((text) => loadAllYaml(text))) {
    await api.patch(object, undefined, undefined, 'muster-local', true, PatchStrategy.ServerSideApply);
  }
  writePrivate(applied, content);
}

export interface Rights {
  /** Paths of kubeconfigs. */
  orchestrator: string;
  nodeBridge: string;
  /** Path of the authority that signed the certificate with which the API server calls kubelets. */
  clientAuthority: string;
}

/**
 * Gives orchestrator and node-bridge their rights in this machine's pool, and makes a kubeconfig for each.
 *
 * The manifests name service accounts. In a control plane of our own, a client certificate with the account's user name
 * takes the place of its token: RBAC and the admission policies see the same user.
 */
export async function ensureRights(stack: Stack): Promise<Rights> {
  await applyManifests(stack);
  const foreign = foreignKubeconfig(stack);
  const ofAccount = (account: string) =>
    foreign
      ? accountKubeconfig(stack, foreign, account)
      : writeKubeconfig(stack, account, {
          commonName: `system:serviceaccount:muster-system:${account}`,
          organization: 'system:serviceaccounts',
        });
  return {
    orchestrator: await ofAccount('muster-orchestrator'),
    nodeBridge: await ofAccount('muster-node-bridge'),
    clientAuthority: join(pkiFolder(stack), foreign ? 'clients.crt' : 'ca.crt'),
  };
}

/** The rights of Muster's processes in the pool of this machine: those that any operator would give them (`k8s/pool`). */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeConfig, KubernetesObjectApi, loadAllYaml, PatchStrategy } from '@kubernetes/client-node';
import { writeKubeconfig } from './control-plane.ts';
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

/**
 * Gives orchestrator and node-bridge their rights in this machine's pool, and makes a kubeconfig for each.
 *
 * The manifests name service accounts; here a client certificate with the account's user name takes the place of its
 * token: RBAC and the admission policies see the same user, and nothing expires while the stack lies still.
 *
 * @returns paths of the kubeconfigs
 */
export async function ensureRights(stack: Stack): Promise<{ orchestrator: string; nodeBridge: string }> {
  await applyManifests(stack);
  const ofAccount = (name: string) =>
    writeKubeconfig(stack, name, {
      commonName: `system:serviceaccount:muster-system:muster-${name}`,
      organization: 'system:serviceaccounts',
    });
  return { orchestrator: await ofAccount('orchestrator'), nodeBridge: await ofAccount('node-bridge') };
}

/** What a pool holds of ours, asked of it anew: what the walk over the invariants compares with Postgres. */
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Kube } from './kube.ts';
import { clusterIdOf, labels } from './names.ts';

export interface HeldObject {
  clusterId: string;
  /** Its kind and name. */
  object: string;
  createdAt: string;
}

const pageSize = 500;

/** Every namespace of a cluster, and every pod in one. @throws KubeError or Error when the pool cannot be read */
export async function heldBy(kube: Kube, poolId: string): Promise<HeldObject[]> {
  const held: HeldObject[] = [];
  for (const [kind, path] of [
    ['namespace', '/api/v1/namespaces'],
    ['pod', '/api/v1/pods'],
  ] as const) {
    let next: string | undefined;
    do {
      const page = await kube.request<{ items: KubernetesObject[]; metadata: { continue?: string } }>('GET', path, {
        query: { labelSelector: `${labels.pool}=${poolId}`, limit: pageSize, continue: next },
      });
      for (const { metadata } of page.items) {
        const { name = '', namespace, creationTimestamp } = metadata ?? {};
        held.push({
          clusterId: clusterIdOf(namespace ?? name),
          object: `${kind} ${namespace ? `${namespace}/` : ''}${name}`,
          createdAt: new Date(creationTimestamp ?? 0).toISOString(),
        });
      }
      next = page.metadata.continue;
    } while (next);
  }
  return held;
}

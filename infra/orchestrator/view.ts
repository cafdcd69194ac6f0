/** What the orchestrator sees of a pool: its nodes, and the namespaces and pods that are ours, always up to date. */
import type { V1Namespace, V1Node, V1Pod } from '@kubernetes/client-node';
import type { Logger } from '@muster/common';
import { Informer } from './informer.ts';
import type { Kube } from './kube.ts';
import { clusterIdOf, labels, namespaceOf } from './names.ts';

export interface ViewEvents {
  onPod(clusterId: string, now: V1Pod | undefined, before: V1Pod | undefined): void;
  onNode(name: string, now: V1Node | undefined, before: V1Node | undefined): void;
  onNamespace(clusterId: string, now: V1Namespace | undefined): void;
}

export class PoolView {
  #informers: Pick<Informer<object>, 'start' | 'stop'>[];
  #pods = new Map<string, Map<string, V1Pod>>();
  #nodes = new Map<string, V1Node>();
  #namespaces = new Map<string, V1Namespace>();

  constructor({ kube, poolId, log, on }: { kube: Kube; poolId: string; log: Logger; on: ViewEvents }) {
    const ours = `${labels.pool}=${poolId}`;
    this.#informers = [
      new Informer<V1Node>({
        kube,
        log,
        path: '/api/v1/nodes',
        onChange: (now, before) => {
          const name = nameOf(now ?? before);
          keep(this.#nodes, name, now, before);
          on.onNode(name, now, before);
        },
      }),
      new Informer<V1Namespace>({
        kube,
        log,
        path: '/api/v1/namespaces',
        labelSelector: ours,
        onChange: (now, before) => {
          const clusterId = clusterIdOf(nameOf(now ?? before));
          keep(this.#namespaces, clusterId, now, before);
          on.onNamespace(clusterId, now);
        },
      }),
      new Informer<V1Pod>({
        kube,
        log,
        path: '/api/v1/pods',
        labelSelector: ours,
        onChange: (now, before) => {
          const clusterId = clusterIdOf((now ?? before)?.metadata?.namespace ?? '');
          const pods = this.#pods.get(clusterId) ?? new Map<string, V1Pod>();
          keep(pods, nameOf(now ?? before), now, before);
          if (pods.size > 0) this.#pods.set(clusterId, pods);
          else this.#pods.delete(clusterId);
          on.onPod(clusterId, now, before);
        },
      }),
    ];
  }

  /** @throws KubeError or Error when the pool cannot be read */
  async start(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#informers.map((informer) => informer.stop()));
  }

  podsOf(clusterId: string): ReadonlyMap<string, V1Pod> {
    return this.#pods.get(clusterId) ?? new Map();
  }

  node(name: string): V1Node | undefined {
    return this.#nodes.get(name);
  }

  nodes(): IterableIterator<V1Node> {
    return this.#nodes.values();
  }

  namespace(clusterId: string): V1Namespace | undefined {
    return this.#namespaces.get(clusterId);
  }

  /** Clusters of which the pool holds something. */
  clusterIds(): Iterable<string> {
    return new Set([...this.#namespaces.keys(), ...this.#pods.keys()]);
  }
}

/** The path of a cluster's namespace in the API. */
export function namespacePath(clusterId: string): string {
  return `/api/v1/namespaces/${namespaceOf(clusterId)}`;
}

/** An object that was made anew under the same name arrives before its predecessor's end does, after a relist. */
function keep<T extends V1Pod | V1Node | V1Namespace>(
  map: Map<string, T>,
  name: string,
  now: T | undefined,
  before: T | undefined,
): void {
  if (now) map.set(name, now);
  else if (map.get(name)?.metadata?.uid === before?.metadata?.uid) map.delete(name);
}

function nameOf(object: V1Pod | V1Node | V1Namespace | undefined): string {
  return object?.metadata?.name ?? '';
}

/** What the orchestrator remembers of the clusters of a pool. All of it can be lost: it is found again, or told again. */
import type { V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import type { Intent } from './intent.ts';
import type { KubeObject } from './kube.ts';

export class Memory {
  /** The intent that was last applied; without one nothing is reported. */
  intent: Intent | undefined;
  /** The API server said that the namespace does not exist. */
  gone = false;
  /** What surrounds the pods, as last applied; `quota` when it is still to be. */
  frame: { hash: string; at: number; quota: (V1ResourceQuota & KubeObject) | undefined } | undefined;
  /** Pods that the API server will never take, with its reason. */
  refused = new Map<string, string>();
  /** Pods of tasks that are gone without having ended. */
  vanished = new Set<string>();
  /** Pods of tasks that ended and are gone: how they ended is still to be reported. */
  remains = new Map<string, V1Pod>();
  /** Logs being archived, or archived, by pod uid. */
  archived = new Map<string, Promise<void>>();

  /** Whether a pod had its one life. */
  isOver(name: string): boolean {
    return this.refused.has(name) || this.vanished.has(name) || this.remains.has(name);
  }

  /** Forgets pods that are not of the intent any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const each of [this.refused, this.vanished, this.remains]) {
      for (const name of each.keys()) if (!names.has(name)) each.delete(name);
    }
  }
}

export class Memories {
  #byCluster = new Map<string, Memory>();

  of(clusterId: string): Memory {
    const memory = this.#byCluster.get(clusterId) ?? new Memory();
    this.#byCluster.set(clusterId, memory);
    return memory;
  }

  known(clusterId: string): Memory | undefined {
    return this.#byCluster.get(clusterId);
  }

  forget(clusterId: string): void {
    this.#byCluster.delete(clusterId);
  }

  /** What was last applied, of every cluster. */
  *intents(): Iterable<Intent> {
    for (const { intent } of this.#byCluster.values()) if (intent) yield intent;
  }

  /** Clusters with a lease on this node. */
  *onNode(nodeName: string): Iterable<string> {
    for (const [clusterId, { intent }] of this.#byCluster) {
      if (intent?.leases.some((lease) => lease.nodeName === nodeName)) yield clusterId;
    }
  }
}

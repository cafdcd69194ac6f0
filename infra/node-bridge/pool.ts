/** The pool's Kubernetes API, as far as a node-bridge uses it: Nodes, their Leases, the pods bound to them. */
import {
  ApiException,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  ListWatch,
  PatchStrategy,
  setHeaderOptions,
  type V1Lease,
  type V1Node,
  type V1NodeCondition,
  type V1Pod,
  type V1PodStatus,
  Watch,
} from '@kubernetes/client-node';
import type { Logger } from '@muster/common';
import { leaseNamespace } from './node.ts';
import type { ReadConfig } from './pod.ts';

const fieldManager = 'muster-node-bridge';
const apply = { fieldManager, force: true };
const applied = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);
const merged = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
const restartWatchMs = 1_000;

export class Pool {
  #core: CoreV1Api;
  #coordination: CoordinationV1Api;
  #config: KubeConfig;

  /** @param kubeconfig path of a kubeconfig file */
  constructor(kubeconfig: string) {
    this.#config = new KubeConfig();
    this.#config.loadFromFile(kubeconfig);
    this.#core = this.#config.makeApiClient(CoreV1Api);
    this.#coordination = this.#config.makeApiClient(CoordinationV1Api);
  }

  /** @throws ApiException or Error when the API server does not answer */
  async check(): Promise<void> {
    await this.#core.listNode({ limit: 1 });
  }

  /** Makes the Node what is asked for, and returns it as it is then. */
  async applyNode(node: V1Node): Promise<V1Node> {
    return this.#core.patchNode({ name: node.metadata!.name!, body: node, ...apply }, applied);
  }

  async applyNodeStatus(node: V1Node): Promise<void> {
    await this.#core.patchNodeStatus({ name: node.metadata!.name!, body: node, ...apply }, applied);
  }

  /** Writes one condition and leaves the rest of the Node's status as it is. */
  async writeCondition(nodeName: string, condition: V1NodeCondition): Promise<void> {
    const body = { status: { conditions: [condition] } };
    await this.#core.patchNodeStatus({ name: nodeName, body, fieldManager }, merged);
  }

  node(name: string): Promise<V1Node | undefined> {
    return unlessAbsent(this.#core.readNode({ name }));
  }

  async deleteNode(name: string): Promise<void> {
    await unlessAbsent(this.#core.deleteNode({ name }));
  }

  /** Nodes that bridges keep. */
  async nodes(labelSelector: string): Promise<V1Node[]> {
    return (await this.#core.listNode({ labelSelector })).items;
  }

  async applyLease(lease: V1Lease): Promise<void> {
    const { name } = lease.metadata!;
    await this.#coordination.patchNamespacedLease(
      { name: name!, namespace: leaseNamespace, body: lease, ...apply },
      applied,
    );
  }

  /** When each Node's Lease was last renewed. */
  async renewals(): Promise<Map<string, Date>> {
    const { items } = await this.#coordination.listNamespacedLease({ namespace: leaseNamespace });
    return new Map(
      items.flatMap(({ metadata, spec }): [string, Date][] =>
        spec?.renewTime ? [[metadata!.name!, new Date(spec.renewTime)]] : [],
      ),
    );
  }

  /** Every pod bound to a Node, by a read that is not older than the call. */
  async podsOn(nodeName: string): Promise<V1Pod[]> {
    return (await this.#core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${nodeName}` })).items;
  }

  /** Writes a pod's status, unless it is another pod of the same name by now. */
  async writeStatus(pod: V1Pod, status: V1PodStatus): Promise<void> {
    const { name, namespace, uid } = pod.metadata!;
    // The merge of a list is by key: without the directive an address of an earlier container would stay beside the new one.
    const podIPs = status.podIPs && [{ $patch: 'replace' }, ...status.podIPs];
    const body = { metadata: { uid }, status: { ...status, ...(podIPs && { podIPs }) } };
    await this.#core
      .patchNamespacedPodStatus({ name: name!, namespace: namespace!, body, fieldManager }, merged)
      .catch(unlessGoneOrReplaced);
  }

  /** Removes a pod whose containers are gone. */
  async removePod(pod: V1Pod): Promise<void> {
    const { name, namespace, uid } = pod.metadata!;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: uid! } };
    await this.#core.deleteNamespacedPod({ name: name!, namespace: namespace!, body }).catch(unlessGoneOrReplaced);
  }

  readConfig: ReadConfig = async (kind, namespace, name) => {
    if (kind === 'Secret') {
      const secret = await unlessAbsent(this.#core.readNamespacedSecret({ name, namespace }));
      return (
        secret && new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
      );
    }
    const map = await unlessAbsent(this.#core.readNamespacedConfigMap({ name, namespace }));
    if (!map) return undefined;
    const texts = Object.entries(map.data ?? {}).map(([key, value]): [string, Buffer] => [key, Buffer.from(value)]);
    const binaries = Object.entries(map.binaryData ?? {}).map(([key, value]): [string, Buffer] => [
      key,
      Buffer.from(value, 'base64'),
    ]);
    return new Map([...texts, ...binaries]);
  };

  /** Follows every pod that is bound to a node. A watch that ends goes on from where it was; one too old starts anew. */
  watchPods(on: { change(pod: V1Pod): void; gone(pod: V1Pod): void }, log: Logger): PodWatch {
    const fieldSelector = 'spec.nodeName!=';
    const list = () => this.#core.listPodForAllNamespaces({ fieldSelector });
    const watch = new ListWatch<V1Pod>('/api/v1/pods', new Watch(this.#config), list, false, undefined, fieldSelector);
    let stopped = false;
    watch.on('add', on.change);
    watch.on('update', on.change);
    watch.on('delete', on.gone);
    watch.on('error', (error) => {
      if (stopped) return;
      log.warn({ err: error }, 'the watch of pods broke');
      setTimeout(() => !stopped && void watch.start(), restartWatchMs).unref();
    });
    void watch.start();
    return {
      pods: () => watch.list(),
      stop: () => {
        stopped = true;
        void watch.stop();
      },
    };
  }
}

export interface PodWatch {
  /** Every pod that is known now. */
  pods(): readonly V1Pod[];
  stop(): void;
}

async function unlessAbsent<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (hasCode(error, 404)) return undefined;
    throw error;
  }
}

function unlessGoneOrReplaced(error: unknown): void {
  // A delete answers 409 when the uid is another's; a patch says that the uid cannot change.
  const replaced = hasCode(error, 409) || (hasCode(error, 422) && String(error.body).includes('metadata.uid'));
  if (!hasCode(error, 404) && !replaced) throw error;
}

function hasCode(error: unknown, code: number): error is ApiException<unknown> {
  return error instanceof ApiException && error.code === code;
}

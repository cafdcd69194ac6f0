/** One pool, followed for as long as it is in use: nudges in, objects applied, reports out. */

import type { V1Node, V1ObjectMeta, V1Pod } from '@kubernetes/client-node';
import { type Broker, type Consumer, consume, idempotent, tasksQueue } from '@muster/broker';
import { liveClusterIds } from '@muster/clusters';
import type { Histogram, Logger } from '@muster/common';
import type { Context } from '@muster/db';
import { markSeen, markWatching, workersOfPool } from '@muster/workers';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { archivePodLog } from './archive.ts';
import { Election } from './election.ts';
import type { Intent } from './intent.ts';
import { createKube, type Kube } from './kube.ts';
import { Memories } from './memory.ts';
import { labels } from './names.ts';
import { heardNodes, NodeReporter } from './nodes.ts';
import { isReady } from './observe.ts';
import { KeyedQueue } from './queue.ts';
import { reconcile } from './reconcile.ts';
import { Reporter } from './reporter.ts';
import { Sampler } from './sampler.ts';
import { PoolView } from './view.ts';

export interface PoolOptions {
  poolId: string;
  kubeconfig: string;
  context: Context;
  broker: Broker;
  redis: Redis;
  log: Logger;
  /** Of this process: see `Election`. */
  identity: string;
  /** Postgres and the pool are compared so often, in both directions. */
  resyncMs: number;
  reconcileSeconds: Histogram<'outcome'>;
}

/** Clusters worked on at once; the connections to the API server bound the requests. */
const reconcilesAtOnce = 24;
const heartbeatMs = 10_000;
const nudge = z.object({ clusterId: z.string() });

export class Pool {
  readonly kube: Kube;
  readonly view: PoolView;
  #options: PoolOptions;
  #memories = new Memories();
  #queue: KeyedQueue;
  #reporter: Reporter;
  #nodes: NodeReporter;
  #sampler: Sampler;
  #election: Election;
  #consumer: Consumer | undefined;
  #timers: NodeJS.Timeout[] = [];
  #resyncing: Promise<void> | undefined;

  private constructor(options: PoolOptions, kube: Kube) {
    const { poolId, context, broker, log } = options;
    this.#options = options;
    this.kube = kube;
    this.view = new PoolView({
      kube,
      poolId,
      log,
      on: {
        onPod: (clusterId, now, before) => this.#onPod(clusterId, now, before),
        onNode: (name, now, before) => this.#onNode(name, now, before),
        onNamespace: (clusterId, now) => {
          // Gone: either as it should be, which is then told, or it is made again.
          if (!now) this.#enqueue(clusterId);
          this.#reporter.changed(clusterId);
        },
      },
    });
    const mayReport = () => this.#election.isLeader();
    const shared = { view: this.view, broker, clock: context.clock, ids: context.ids, log, mayReport };
    this.#reporter = new Reporter({ ...shared, memories: this.#memories });
    this.#nodes = new NodeReporter({ ...shared, poolId });
    this.#sampler = new Sampler({ ...shared, kube, memories: this.#memories, redis: options.redis });
    this.#queue = new KeyedQueue(reconcilesAtOnce, (clusterId) => this.#reconcile(clusterId));
    this.#election = new Election({
      kube,
      log,
      name: `orchestrator-${poolId.replace('_', '-')}`,
      identity: options.identity,
      onElected: () => {
        log.info('leads the pool');
        this.#consume();
        void this.resync();
      },
      onDismissed: () => {
        log.warn('leads the pool no more');
        void this.#consumer?.stop();
        this.#consumer = undefined;
      },
    });
  }

  /** Reads the pool and begins to follow it. @throws KubeError or Error when it cannot be read */
  static async start(options: PoolOptions): Promise<Pool> {
    const kube = await createKube(options.kubeconfig);
    const pool = new Pool(options, kube);
    try {
      await pool.view.start();
    } catch (error) {
      await pool.stop();
      throw error;
    }
    pool.#begin();
    return pool;
  }

  #begin(): void {
    this.#election.start();
    this.#sampler.start();
    this.#timers = [
      setInterval(() => void this.resync(), this.#options.resyncMs),
      setInterval(() => void this.#heartbeat(), heartbeatMs),
    ];
  }

  /** The leader alone takes nudges: who applies an intent knows it, and so can report what became of it. */
  #consume(): void {
    const { poolId, context, broker } = this.#options;
    this.#consumer = consume({
      broker,
      db: context.db,
      clock: context.clock,
      queue: tasksQueue(poolId),
      prefetch: 2 * reconcilesAtOnce,
      // Acknowledged when the intent is applied, never when the devices are done.
      handlers: { '*': idempotent(nudge, ({ body }) => this.#queue.add(body.clusterId)) },
    });
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#sampler.stop();
    await this.#consumer?.stop();
    await this.#resyncing;
    this.#reporter.stop();
    this.#nodes.stop();
    await this.#election.stop();
    await this.view.stop();
    this.kube.close();
  }

  /** Compares Postgres and the pool, and tells the backend all of it again: whatever message was lost, this makes good. */
  resync(): Promise<void> {
    this.#resyncing ??= this.#resync().finally(() => {
      this.#resyncing = undefined;
    });
    return this.#resyncing;
  }

  /** What the pool holds of ours, asked of the API server itself: the view could be wrong about it. */
  async held(): Promise<{ clusterId: string; object: string; createdAt: string }[]> {
    const query = { labelSelector: `${labels.pool}=${this.#options.poolId}` };
    const [namespaces, pods] = await Promise.all(
      ['namespaces', 'pods'].map((kind) =>
        this.kube.request<{ items: { metadata: V1ObjectMeta }[] }>('GET', `/api/v1/${kind}`, { query }),
      ),
    );
    const found = (items: { metadata: V1ObjectMeta }[], kind: string) =>
      items.map(({ metadata }) => ({
        clusterId: metadata.labels?.[labels.cluster] ?? 'unknown',
        object: `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`,
        createdAt: String(metadata.creationTimestamp),
      }));
    return [...found(namespaces!.items, 'namespace'), ...found(pods!.items, 'pod')];
  }

  async #resync(): Promise<void> {
    const { poolId, context, log } = this.#options;
    if (!this.#election.isLeader()) return;
    try {
      const [live, workers] = await Promise.all([
        liveClusterIds(context.db, poolId),
        workersOfPool(context.db, poolId),
      ]);
      this.#nodes.again(workers.keys());
      // What the pool holds and Postgres does not know is reaped by the same road (invariant 10).
      const clusterIds = new Set([...live, ...this.view.clusterIds()]);
      await Promise.all(
        [...clusterIds].map(async (clusterId) => {
          await this.#enqueue(clusterId);
          this.#reporter.again(clusterId);
        }),
      );
      await this.#heartbeat();
    } catch (error) {
      log.warn({ err: error }, 'the pool could not be compared with Postgres');
    }
  }

  async #reconcile(clusterId: string): Promise<void> {
    const { poolId, context, reconcileSeconds } = this.#options;
    const end = reconcileSeconds.startTimer();
    try {
      await reconcile(
        {
          poolId,
          db: context.db,
          kube: this.kube,
          view: this.view,
          memories: this.#memories,
          archive: (id, pod) => this.#archive(id, pod),
        },
        clusterId,
      );
      end({ outcome: 'applied' });
      this.#reporter.changed(clusterId);
    } catch (error) {
      end({ outcome: 'failed' });
      throw error;
    }
  }

  /** Work that no message waits for: what fails is found again by the resync. */
  async #enqueue(clusterId: string): Promise<void> {
    if (!this.#election.isLeader()) return;
    await this.#queue.add(clusterId).catch((error) => {
      this.#options.log.warn({ err: error, clusterId }, 'a cluster could not be applied');
    });
  }

  #onPod(clusterId: string, now: V1Pod | undefined, before: V1Pod | undefined): void {
    const memory = this.#memories.of(clusterId);
    const pod = now ?? before;
    const name = pod?.metadata?.name ?? '';
    const isTask = pod?.metadata?.labels?.[labels.task] !== undefined;
    if (isTask && pod && hasEnded(pod)) void this.#archive(clusterId, pod);
    if (!now) {
      if (isTask && pod) {
        if (hasEnded(pod)) memory.remains.set(name, pod);
        else memory.vanished.add(name);
      }
      void this.#enqueue(clusterId);
    } else if (isTask && now.status?.podIP && !before?.status?.podIP) {
      // The first rank has an address: the others can be made.
      void this.#enqueue(clusterId);
    } else if (!before && memory.intent && !isIntended(memory.intent, now)) {
      // It was made before its lease was let go, and could not be seen then.
      void this.#enqueue(clusterId);
    }
    this.#reporter.changed(clusterId);
  }

  #onNode(name: string, now: V1Node | undefined, before: V1Node | undefined): void {
    this.#nodes.changed(name);
    if (now && before && isReady(now) === isReady(before)) return;
    for (const clusterId of this.#memories.onNode(name)) {
      this.#reporter.changed(clusterId);
      if (!isReady(now)) void this.#enqueue(clusterId);
    }
  }

  /** Once per pod: its end and its removal both ask for it. */
  #archive(clusterId: string, pod: V1Pod): Promise<void> {
    const { archived } = this.#memories.of(clusterId);
    const uid = pod.metadata?.uid ?? '';
    let work = archived.get(uid);
    if (!work) {
      work = archivePodLog({ ...this.#options, kube: this.kube }, clusterId, pod);
      archived.set(uid, work);
    }
    return work;
  }

  async #heartbeat(): Promise<void> {
    const { context, poolId, redis, log } = this.#options;
    if (!this.#election.isLeader()) return;
    try {
      const workers = await workersOfPool(context.db, poolId);
      const ids = heardNodes(this.view).flatMap((name) => workers.get(name) ?? []);
      await markSeen(redis, ids, context.clock.now());
      await markWatching(redis, poolId, 'orchestrator', context.clock.now());
    } catch (error) {
      log.warn({ err: error }, 'heartbeats could not be noted');
    }
  }
}

function isIntended({ leases }: Intent, { metadata }: V1Pod): boolean {
  return leases.some(({ id }) => id === metadata?.labels?.[labels.lease]);
}

function hasEnded({ status }: V1Pod): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed';
}

/**
 * Samples what the workers of a pool's clusters use: one question to each leased node's kubelet, however many pods it has.
 * Community workers have told their bridge already.
 */
import type { Clock, Logger } from '@muster/common';
import { readSummaries, recordUsage, sampleEveryMs } from '@muster/usage';
import { isSimulated, workerLabel } from '@muster/workers';
import type { Redis } from 'ioredis';
import type { Intent } from './intent.ts';
import { isKubeError, type Kube } from './kube.ts';
import type { Memories } from './memory.ts';
import { labels, namespaceOf } from './names.ts';
import { isReady } from './observe.ts';
import { KeyedQueue } from './queue.ts';
import { Meter, measuredOf, type PodStats, podsOfSummary } from './usage.ts';
import type { PoolView } from './view.ts';

export interface SamplerOptions {
  kube: Pick<Kube, 'request'>;
  view: Pick<PoolView, 'podsOf' | 'node'>;
  memories: Pick<Memories, 'intents'>;
  redis: Redis;
  clock: Clock;
  log: Logger;
  /** The leader's, as reports are. */
  mayReport(): boolean;
}

/** A third of the connections to the API server: clusters must not wait behind a node that does not answer. */
const nodesAtOnce = 16;
const timeoutMs = 5_000;
/** Of a node with 250 pods it is two thirds of that. */
const largestBytes = 2 * 1024 * 1024;

export class Sampler {
  #options: SamplerOptions;
  #meters = new Map<string, Meter>();
  #answers = new Map<string, Map<string, PodStats>>();
  #queue: KeyedQueue;
  #timer: NodeJS.Timeout | undefined;
  #sampling = false;
  #stopped = false;
  /** The pool gives no right to ask. */
  #refused = false;
  /** Some node did not answer, which was told. */
  #failing = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#queue = new KeyedQueue(nodesAtOnce, (node) => this.#ask(node));
  }

  start(): void {
    this.#timer = setInterval(() => void this.#round(), sampleEveryMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  /** A round that takes longer than the interval is not overtaken: rates are over the time that really passed. */
  async #round(): Promise<void> {
    if (this.#sampling || !this.#options.mayReport()) return;
    this.#sampling = true;
    try {
      await this.sample();
    } catch (error) {
      this.#options.log.warn({ err: error }, 'what workers use could not be noted');
    } finally {
      this.#sampling = false;
    }
  }

  /** Asks every leased node once, and writes a sample for each cluster. @throws Error when Redis is away */
  async sample(): Promise<void> {
    const { memories, redis, clock } = this.#options;
    const intents = [...memories.intents()].filter(({ ending }) => !ending);
    const nodes = new Set(intents.flatMap(({ leases }) => leases.map(({ nodeName }) => nodeName)));
    for (const node of this.#meters.keys()) if (!nodes.has(node)) this.#meters.delete(node);
    this.#answers.clear();
    const { told = [], asked = [] } = Object.groupBy(nodes, (node) => this.#wayTo(node));
    for (const [node, answer] of await readSummaries(redis, told)) this.#take(node, answer);
    await this.#askAll(asked);
    for (const intent of intents) {
      const measured = intent.leases.flatMap((lease) => this.#measured(intent, lease) ?? []);
      if (!this.#stopped) await recordUsage(redis, intent.clusterId, clock.now(), measured);
    }
  }

  /** Of a community worker the bridge was told; a simulated node has no kubelet, and nothing is made up for it. */
  #wayTo(name: string): 'told' | 'asked' | 'none' {
    const node = this.#options.view.node(name);
    const nodeLabels = node?.metadata?.labels ?? {};
    if (!isReady(node) || isSimulated({ labels: nodeLabels })) return 'none';
    return workerLabel in nodeLabels ? 'told' : 'asked';
  }

  /** Where the pool gives no right to ask, one node is asked now and then, and not all of them. */
  async #askAll(nodes: string[]): Promise<void> {
    const asked = this.#refused ? nodes.slice(0, 1) : nodes;
    const outcomes = await Promise.allSettled(asked.map((node) => this.#queue.add(node)));
    const failures = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[];
    this.#refused = failures.some(({ reason }) => isKubeError(reason, 403));
    const [failure] = failures;
    if (failure && !this.#failing) this.#options.log.warn({ err: failure.reason }, 'what workers use cannot be read');
    this.#failing = failure !== undefined;
  }

  async #ask(node: string): Promise<void> {
    if (this.#stopped) return;
    const path = `/api/v1/nodes/${encodeURIComponent(node)}/proxy/stats/summary`;
    const limits = { timeoutMs, longestMs: 2 * timeoutMs, largestBytes };
    this.#take(node, await this.#options.kube.request('GET', path, limits));
  }

  /** @throws ZodError when it is no summary */
  #take(node: string, answer: unknown): void {
    const pods = podsOfSummary(answer);
    const meter = this.#meters.get(node) ?? new Meter();
    meter.turn();
    this.#meters.set(node, meter);
    this.#answers.set(node, pods);
  }

  /**
   * What a lease's worker uses: its own pods, on its own node, as the intent from Postgres has them. Nothing while a pod
   * that runs is not told of, or has no rate yet.
   */
  #measured({ clusterId }: Intent, lease: Intent['leases'][number]) {
    const { view } = this.#options;
    const stats = this.#answers.get(lease.nodeName);
    const meter = this.#meters.get(lease.nodeName);
    if (!stats || !meter) return undefined;
    const pods: PodStats[] = [];
    for (const { metadata, spec, status } of view.podsOf(clusterId).values()) {
      if (metadata?.labels?.[labels.lease] !== lease.id || spec?.nodeName !== lease.nodeName) continue;
      if (status?.phase !== 'Running') continue;
      const told = stats.get(metadata.uid ?? '');
      if (told?.podRef.namespace !== namespaceOf(clusterId)) return undefined;
      pods.push(told);
    }
    return measuredOf(lease.rank, pods, meter);
  }
}

/** Nodes as reports of workers: what each node is, told when it changes, and heartbeats of those that no agent keeps. */

import type { V1Node } from '@kubernetes/client-node';
import { type Broker, exchanges } from '@muster/broker';
import type { Clock, Ids, Logger } from '@muster/common';
import { deviceCountOf, isSimulated, type NodeSnapshot, workerLabel } from '@muster/workers';
import { isReady } from './observe.ts';
import type { PoolView } from './view.ts';

export interface NodeReporterOptions {
  poolId: string;
  view: PoolView;
  broker: Broker;
  clock: Clock;
  ids: Ids;
  log: Logger;
  mayReport(): boolean;
}

const gatherMs = 100;
const retryMs = 1_000;
const nodesPerMessage = 200;
const namesPerMessage = 1_000;

export class NodeReporter {
  #options: NodeReporterOptions;
  /** What was told of each node. */
  #told = new Map<string, string>();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: NodeReporterOptions) {
    this.#options = options;
  }

  changed(name: string): void {
    this.#changed.add(name);
    this.#schedule(gatherMs);
  }

  /** Tells of every node again, and of these workers' nodes that are not there. */
  again(workerNodes: Iterable<string>): void {
    this.#told.clear();
    for (const { metadata } of this.#options.view.nodes()) this.#changed.add(metadata?.name ?? '');
    for (const name of workerNodes) this.#changed.add(name);
    this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(ms: number): void {
    if (this.#timer || this.#stopped) return;
    this.#timer = setTimeout(() => void this.#flush(), ms);
  }

  async #flush(): Promise<void> {
    const names = [...this.#changed];
    this.#changed.clear();
    try {
      if (this.#options.mayReport()) await this.#report(names);
      else for (const name of names) this.#changed.add(name);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'reports of nodes could not be sent; they are tried again');
      for (const name of names) this.#changed.add(name);
    }
    this.#timer = undefined;
    if (this.#changed.size > 0) this.#schedule(retryMs);
  }

  async #report(names: string[]): Promise<void> {
    const { view, broker, ids, poolId } = this.#options;
    const gone = names.filter((name) => !view.node(name));
    const nodes = names.flatMap((name) => snapshotOf(view.node(name)) ?? []);
    const news = nodes.filter((node) => this.#told.get(node.name) !== JSON.stringify(node));
    const message = (type: string, body: object) => ({
      id: ids.next('message'),
      exchange: exchanges.reports,
      routingKey: 'reports',
      type,
      body,
    });
    const messages = [
      ...chunks(news, nodesPerMessage).map((some) => message('node.observed', { poolId, nodes: some })),
      ...chunks(gone, namesPerMessage).map((some) => message('node.gone', { poolId, names: some })),
    ];
    if (messages.length > 0) await broker.publish(...messages);
    for (const node of news) this.#told.set(node.name, JSON.stringify(node));
    for (const name of gone) this.#told.delete(name);
  }
}

/** Nodes that are Ready and have no agent of their own to be heard. */
export function heardNodes(view: PoolView): string[] {
  const names: string[] = [];
  for (const node of view.nodes()) {
    const snapshot = snapshotOf(node);
    if (snapshot?.ready) names.push(snapshot.name);
  }
  return names;
}

/** The node as the workers domain takes it; undefined for one without devices, and for a community worker's. */
function snapshotOf(node: V1Node | undefined): NodeSnapshot | undefined {
  if (!node?.metadata?.name || node.metadata.labels?.[workerLabel]) return undefined;
  const { nodeInfo } = node.status ?? {};
  const snapshot: NodeSnapshot = {
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    allocatable: node.status?.allocatable ?? {},
    ready: isReady(node) && !node.metadata.deletionTimestamp,
    ...(nodeInfo && { architecture: nodeInfo.architecture, kernel: nodeInfo.kernelVersion, os: nodeInfo.osImage }),
  };
  return isSimulated(snapshot) || deviceCountOf(snapshot) > 0 ? snapshot : undefined;
}

function chunks<T>(all: T[], size: number): T[][] {
  const parts: T[][] = [];
  for (let start = 0; start < all.length; start += size) parts.push(all.slice(start, start + size));
  return parts;
}

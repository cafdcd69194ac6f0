/** Tells the backend what a pool holds, cluster by cluster: at once when something is decided, seldom while it comes up. */
import type { Broker, OutgoingMessage } from '@muster/broker';
import { exchanges } from '@muster/broker';
import type { ClusterObservedMessage } from '@muster/clusters';
import type { Clock, Ids, Logger } from '@muster/common';
import type { TaskObservedMessage } from '@muster/tasks';
import type { Memories, Memory } from './memory.ts';
import { type Holding, observeLeases, observeTask } from './observe.ts';
import type { PoolView } from './view.ts';

export interface ReporterOptions {
  view: PoolView;
  memories: Memories;
  broker: Broker;
  clock: Clock;
  ids: Ids;
  log: Logger;
  /** Reports are the leader's: two views of a pool would contradict each other. */
  mayReport(): boolean;
}

/** Events of pods come in bursts: those of a moment are one report. */
const gatherMs = 5;
/** While workers come up one by one, the steps between are told this often. */
const partialMs = 250;
const retryMs = 500;

interface Report {
  type: 'cluster.observed' | 'task.observed';
  body: ClusterObservedMessage | TaskObservedMessage;
  /** What it says, apart from when. */
  content: string;
}

export class Reporter {
  #options: ReporterOptions;
  #due = new Map<string, number>();
  #sent = new Map<string, { at: number; contents: Set<string> }>();
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #flushing = false;
  #stopped = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** Something of this cluster changed. */
  changed(clusterId: string): void {
    const memory = this.#options.memories.known(clusterId);
    if (!memory?.intent) return;
    const now = performance.now();
    const last = this.#sent.get(clusterId)?.at ?? Number.NEGATIVE_INFINITY;
    const at = this.#isDecided(clusterId, memory) ? now + gatherMs : Math.max(now + gatherMs, last + partialMs);
    this.#due.set(clusterId, Math.min(at, this.#due.get(clusterId) ?? at));
    this.#schedule();
  }

  /** Forgets what was told, so that all of it is told again. */
  again(clusterId: string): void {
    this.#sent.delete(clusterId);
    this.changed(clusterId);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(): void {
    if (this.#flushing || this.#stopped || this.#due.size === 0) return;
    const first = Math.min(...this.#due.values());
    if (first >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = first;
    this.#timer = setTimeout(() => void this.#flush(), Math.max(0, first - performance.now()));
  }

  async #flush(): Promise<void> {
    this.#timerAt = Number.POSITIVE_INFINITY;
    this.#flushing = true;
    const now = performance.now();
    const due = [...this.#due].filter(([, at]) => at <= now).map(([clusterId]) => clusterId);
    for (const clusterId of due) this.#due.delete(clusterId);
    try {
      // Kept, not dropped: whoever becomes the leader has everything to tell.
      if (this.#options.mayReport()) await this.#report(due);
      else for (const clusterId of due) this.#due.set(clusterId, performance.now() + retryMs);
    } catch (error) {
      this.#options.log.warn({ err: error }, 'reports could not be sent; they are tried again');
      for (const clusterId of due) this.#due.set(clusterId, performance.now() + retryMs);
    } finally {
      this.#flushing = false;
      this.#schedule();
    }
  }

  async #report(clusterIds: string[]): Promise<void> {
    const { broker, ids } = this.#options;
    const found = await Promise.all(clusterIds.map(async (id) => ({ id, reports: await this.#reportsOf(id) })));
    const messages: OutgoingMessage[] = found.flatMap(({ id, reports }) =>
      reports
        .filter(({ content }) => !this.#sent.get(id)?.contents.has(content))
        .map(({ type, body }) => ({
          id: ids.next('message'),
          exchange: exchanges.reports,
          routingKey: 'reports',
          type,
          body,
        })),
    );
    if (messages.length > 0) await broker.publish(...messages);
    const at = performance.now();
    for (const { id, reports } of found) {
      this.#sent.set(id, { at, contents: new Set(reports.map(({ content }) => content)) });
    }
  }

  async #reportsOf(clusterId: string): Promise<Report[]> {
    const memory = this.#options.memories.known(clusterId);
    if (!memory?.intent) return [];
    // A log must be in the archive before its end is told: the pod may be deleted then.
    await Promise.all(memory.archived.values());
    const { intent } = memory;
    const holding = this.#holding(clusterId, memory);
    const observed = {
      clusterId,
      version: intent.version,
      namespaceGone: memory.gone,
      leases: observeLeases(intent, holding),
    };
    return [
      {
        type: 'cluster.observed' as const,
        body: { ...observed, observedAt: this.#options.clock.now().toISOString() },
        content: JSON.stringify(observed),
      },
      ...intent.tasks.map((task): Report => {
        const body = observeTask(task, holding);
        return { type: 'task.observed', body, content: JSON.stringify(body) };
      }),
    ];
  }

  /** Whether there is something to act on: everything of it runs, or is lost, or has ended. */
  #isDecided(clusterId: string, memory: Memory): boolean {
    const { intent } = memory;
    if (!intent || intent.ending) return true;
    const holding = this.#holding(clusterId, memory);
    const leases = observeLeases(intent, holding);
    if (leases.some(({ phase }) => phase === 'lost')) return true;
    if (leases.some(({ phase }) => phase === 'pending')) return false;
    return intent.tasks.every((task) => observeTask(task, holding).ranks.every(({ phase }) => phase !== 'pending'));
  }

  #holding(clusterId: string, memory: Memory): Holding {
    const { view } = this.#options;
    const namespace = view.namespace(clusterId);
    const pods = view.podsOf(clusterId);
    return {
      namespaceActive: namespace !== undefined && namespace.status?.phase !== 'Terminating',
      pods: memory.remains.size === 0 ? pods : new Map([...memory.remains, ...pods]),
      node: (name) => view.node(name),
      refused: memory.refused,
      vanished: memory.vanished,
    };
  }
}

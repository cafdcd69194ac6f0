/** What does not come as one document: the feed of events, logs, and shells. */
import type { MusterClient } from './client.ts';
import { Problem } from './problem.ts';
import type { components, operations } from './public.d.ts';

export interface FeedEvent {
  /** Where to resume after it: pass it as `lastEventId`. */
  position: string;
  event: components['schemas']['Event'];
}

const longestDelayMs = 10_000;

/**
 * Follows the feed of the caller's organization, for as long as it is read. A connection that ends is opened again from
 * the last event that came, so nothing is missed and nothing comes twice.
 *
 * @throws Problem when it is refused, as opposed to interrupted
 */
export async function* followEvents(
  client: Pick<MusterClient, 'send'>,
  options: {
    lastEventId?: string;
    subjects?: components['schemas']['Event']['subjectKind'][];
    signal?: AbortSignal;
  } = {},
): AsyncGenerator<FeedEvent> {
  const { signal } = options;
  const query = queryOf({ subject: options.subjects });
  let { lastEventId } = options;
  for (let failures = 0; !signal?.aborted; failures++) {
    try {
      const response = await client.send(`/v1/events${query}`, {
        headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
        ...(signal && { signal }),
      });
      for await (const { id, data } of messages(response)) {
        failures = 0;
        // Also without data: the server tells where the feed stands, so that a client can resume from there.
        if (id !== undefined) lastEventId = id;
        if (data !== undefined) yield { position: lastEventId!, event: JSON.parse(data) };
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
    }
    await pause(Math.min(250 * 2 ** failures, longestDelayMs), signal);
  }
}

/** The messages of a stream of server-sent events (WHATWG HTML, 9.2.6). */
async function* messages(response: Response): AsyncGenerator<{ id?: string; data?: string }> {
  let rest = '';
  for await (const text of textOf(response)) {
    const blocks = (rest + text).split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) {
      const message: { id?: string; data?: string } = {};
      for (const line of block.split(/\r?\n/)) {
        const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === 'id') message.id = value!;
        if (field === 'data') message.data = message.data === undefined ? value! : `${message.data}\n${value}`;
      }
      yield message;
    }
  }
}

type LogQuery = NonNullable<operations['tasks.logs']['parameters']['query']>;

/**
 * The output of a task's rank, or of a cluster's container, as text in pieces. With `follow` it begins when there is some.
 *
 * @throws Problem
 */
export async function* readLog(
  client: Pick<MusterClient, 'send'>,
  of: { taskId: string } | { clusterId: string },
  query: LogQuery = {},
  signal?: AbortSignal,
): AsyncGenerator<string> {
  const path = 'taskId' in of ? `/v1/tasks/${of.taskId}/logs` : `/v1/clusters/${of.clusterId}/logs`;
  for (;;) {
    try {
      return yield* textOf(await client.send(`${path}${queryOf(query)}`, signal ? { signal } : {}));
    } catch (error) {
      if (!(error instanceof Problem && error.details.waiting === true)) throw error;
    }
  }
}

/** Where a shell is opened: a WebSocket of the subprotocol `v4.channel.k8s.io`. */
export function execSocket(
  client: Pick<MusterClient, 'socket'>,
  clusterId: string,
  query: operations['clusters.exec']['parameters']['query'],
): { url: string; headers: Record<string, string>; protocol: string } {
  return { ...client.socket(`/v1/clusters/${clusterId}/exec${queryOf(query)}`), protocol: 'v4.channel.k8s.io' };
}

async function* textOf(response: Response): AsyncGenerator<string> {
  if (!response.body) return;
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

function queryOf(members: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(members)) {
    for (const item of Array.isArray(value) ? value : [value]) if (item !== undefined) query.append(name, String(item));
  }
  return query.size > 0 ? `?${query}` : '';
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** What does not come as one document: the feed of events, logs, and shells. */
import type { MusterClient } from './client.ts';
import { Problem } from './problem.ts';
import type { components, operations } from './public.d.ts';

export interface FeedEvent {
  /** Where to resume after it: pass it as `lastEventId`. */
  position: string;
  event: components['schemas']['Event'];
}

export interface Following {
  signal?: AbortSignal;
  /** Told whenever the stream begins, and whenever it broke and is being opened again. */
  onConnection?: (connected: boolean) => void;
}

const longestDelayMs = 5_000;
/** The server sends a comment every 15 s: a stream that says nothing for longer is dead, even if nobody told. */
const longestSilenceMs = 35_000;

/**
 * Follows the feed of the caller's organization, for as long as it is read. A connection that ends is opened again from
 * the last event that came, so nothing is missed and nothing comes twice.
 *
 * @param options `everywhere`: the feed of all organizations, for operators
 * @throws Problem when it is refused, as opposed to interrupted
 */
export async function* followEvents(
  client: Pick<MusterClient, 'send'>,
  options: Following & {
    lastEventId?: string;
    subjects?: components['schemas']['Event']['subjectKind'][];
    everywhere?: boolean;
  } = {},
): AsyncGenerator<FeedEvent> {
  const path = `${options.everywhere ? '/internal/v1' : '/v1'}/events${queryOf({ subject: options.subjects })}`;
  for await (const { id, data } of follow(client, path, options)) {
    if (data !== undefined) yield { position: id!, event: JSON.parse(data) };
  }
}

/**
 * Follows the market, for as long as it is read: yields whenever offers, prices or the public numbers have changed, and
 * after a connection that broke, since something may have changed meanwhile.
 *
 * @throws Problem when it is refused, as opposed to interrupted
 */
export async function* followChanges(
  client: Pick<MusterClient, 'send'>,
  options: Following = {},
): AsyncGenerator<void> {
  for await (const { event } of follow(client, '/v1/network/changes', options)) if (event === 'changed') yield;
}

interface Message {
  id?: string;
  event?: string;
  data?: string;
}

/** The messages of a stream that is opened again, from the last position that it told, whenever it ends. */
async function* follow(
  client: Pick<MusterClient, 'send'>,
  path: string,
  { signal, onConnection, lastEventId }: Following & { lastEventId?: string },
): AsyncGenerator<Message> {
  for (let failures = 0; !signal?.aborted; failures++) {
    const silence = watchdog(longestSilenceMs, signal);
    try {
      const response = await client.send(path, {
        headers: { accept: 'text/event-stream', ...(lastEventId && { 'last-event-id': lastEventId }) },
        signal: silence.signal,
      });
      onConnection?.(true);
      for await (const message of messages(response, silence.heard)) {
        failures = 0;
        // Also without data: the server tells where the feed stands, so that a client can resume from there.
        if (message.id !== undefined) lastEventId = message.id;
        yield { ...(lastEventId !== undefined && { id: lastEventId }), ...message };
      }
      // Ended by the server in good order, as it does every ten minutes: opened again at once.
      failures = -1;
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) throw error;
      onConnection?.(false);
    } finally {
      silence.end();
    }
    await pause(Math.min(250 * 2 ** Math.max(failures, 0), longestDelayMs), signal);
  }
}

/** Aborts when nothing was heard for so long, or when `signal` does. */
function watchdog(ms: number, signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer = setTimeout(abort, ms);
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    heard(): void {
      clearTimeout(timer);
      timer = setTimeout(abort, ms);
    },
    end(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      abort();
    },
  };
}

/** The messages of a stream of server-sent events (WHATWG HTML, 9.2.6). */
async function* messages(response: Response, heard: () => void): AsyncGenerator<Message> {
  let rest = '';
  for await (const text of textOf(response)) {
    heard();
    const blocks = (rest + text).split(/\r?\n\r?\n/);
    rest = blocks.pop()!;
    for (const block of blocks) {
      const message: Message = {};
      for (const line of block.split(/\r?\n/)) {
        const [, field, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
        if (field === 'id') message.id = value!;
        if (field === 'event') message.event = value!;
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

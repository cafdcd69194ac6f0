/** The stream of samples of one cluster: a Redis stream with one entry per measurement, gone six hours after the last. */
import { DomainError, hourMs, secondMs } from '@muster/common';
import { type Redis, ReplyError } from 'ioredis';
import {
  decodeMeasured,
  encodeMeasured,
  type Measured,
  meanOf,
  type Sample,
  sampleEveryMs,
  type Usage,
} from './sample.ts';

const keptMs = 6 * hourMs;
/** What one answer holds at most; beyond it, samples become means over longer intervals. */
const mostSamples = 20_000;
/** Entries read at once: of a thousand workers, 5 MB. */
const page = 100;

function keyOf(clusterId: string): string {
  return `usage:${clusterId}`;
}

/**
 * Writes what the workers of a cluster were measured to use. The caller answers for the cluster being the pool's: nothing is asked here.
 *
 * A measurement that is not later than the last one is dropped: another orchestrator led the pool meanwhile.
 */
export async function recordUsage(
  redis: Redis,
  clusterId: string,
  at: Date,
  measured: readonly Measured[],
): Promise<void> {
  if (measured.length === 0) return;
  const key = keyOf(clusterId);
  const oldest = at.getTime() - keptMs;
  const results = await redis
    .pipeline()
    .xadd(key, 'MINID', '~', oldest, `${at.getTime()}-0`, 'ranks', encodeMeasured(measured))
    .pexpire(key, keptMs)
    .exec();
  const failed = results?.find(([error]) => error)?.[0];
  if (failed && !failed.message.includes('equal or smaller')) throw failed;
}

/**
 * What a cluster's workers used between two instants, or one of them. Nothing where nothing was measured: no gap is filled.
 *
 * The caller has looked that the cluster may be seen. @throws DomainError `unavailable` while Redis is away
 */
export async function readUsage(
  redis: Redis,
  clusterId: string,
  {
    now,
    from,
    to = now,
    rank,
  }: { now: Date; from?: Date | undefined; to?: Date | undefined; rank?: number | undefined },
): Promise<Usage> {
  const start = Math.max(from?.getTime() ?? 0, now.getTime() - keptMs);
  const end = to.getTime();
  if (end < start) return { intervalSeconds: sampleEveryMs / secondMs, samples: [] };
  const key = keyOf(clusterId);
  const ranks = rank === undefined ? await ranksOf(redis, key) : 1;
  const intervalMs = sampleEveryMs * Math.max(1, Math.ceil(((end - start) / sampleEveryMs) * (ranks / mostSamples)));
  const samples: Sample[] = [];
  for await (const some of intervals(entries(redis, key, start, end), intervalMs)) {
    const asked = rank === undefined ? some : some.filter((sample) => sample.rank === rank);
    for (const each of Map.groupBy(asked, (sample) => sample.rank).values()) {
      samples.push(meanOf(each as [Sample, ...Sample[]]));
    }
  }
  return { intervalSeconds: intervalMs / secondMs, samples };
}

/** How many workers the last measurement was of. */
async function ranksOf(redis: Redis, key: string): Promise<number> {
  const [last] = await unlessAway(redis.xrevrange(key, '+', '-', 'COUNT', 1));
  return last ? decodeMeasured(last[1][1]!).length : 0;
}

async function* entries(redis: Redis, key: string, start: number, end: number): AsyncGenerator<Sample[]> {
  for (let next = String(start); ; ) {
    const read = await unlessAway(redis.xrange(key, next, end, 'COUNT', page));
    for (const [id, [, text]] of read) {
      const at = new Date(Number.parseInt(id, 10));
      yield decodeMeasured(text!).map((measured) => ({ at, ...measured }));
    }
    if (read.length < page) return;
    next = `(${read.at(-1)![0]}`;
  }
}

/** Gathers measurements that fall into the same interval; of the shortest, each stands by itself. */
async function* intervals(measurements: AsyncIterable<Sample[]>, intervalMs: number): AsyncGenerator<Sample[]> {
  let gathered: Sample[] = [];
  let current = -1;
  for await (const samples of measurements) {
    const interval = Math.floor((samples[0]?.at.getTime() ?? 0) / intervalMs);
    if (gathered.length > 0 && (intervalMs === sampleEveryMs || interval !== current)) {
      yield gathered;
      gathered = [];
    }
    current = interval;
    gathered.push(...samples);
  }
  if (gathered.length > 0) yield gathered;
}

/** A Redis that starts tells it as a reply. @throws DomainError `unavailable` when it does not answer */
async function unlessAway<T>(reply: Promise<T>): Promise<T> {
  try {
    return await reply;
  } catch (error) {
    if (error instanceof ReplyError && !(error as Error).message.startsWith('LOADING')) throw error;
    throw new DomainError('unavailable', 'What the workers use cannot be read just now.', {
      fix: 'Ask again in a moment.',
      cause: error,
    });
  }
}

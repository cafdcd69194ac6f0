/** Heartbeats live in Redis and reach Postgres only as changes: a sweep moves workers to `down`, back, and to `inactive`. */
import { minuteMs, secondMs } from '@muster/common';
import { type Redis, ReplyError } from 'ioredis';
import { changeWorker, lockWorker, type WorkerChanges } from './change.ts';
import { inactiveAfterMs } from './status.ts';
import type { WorkersContext } from './worker.ts';

/** A worker that is silent for longer is down (product.md). */
export const silenceMs = 40 * secondMs;
/** Of a connected worker, the row's time of contact is at most so old. */
const contactRefreshMs = 5 * minuteMs;
const batch = 1_000;

export function seenKey(workerId: string): string {
  return `worker:seen:${workerId}`;
}

/** Notes that workers were heard now: a bridge does it at every heartbeat, an orchestrator for Ready nodes. */
export async function markSeen(redis: Redis, workerIds: readonly string[], at: Date): Promise<void> {
  if (workerIds.length === 0) return;
  const pipeline = redis.pipeline();
  for (const id of workerIds) pipeline.set(seenKey(id), at.getTime(), 'PX', inactiveAfterMs);
  const results = (await pipeline.exec()) ?? [];
  const failed = results.find(([error]) => error)?.[0];
  if (failed) throw failed;
}

/** Who hears workers: a bridge its agents, an orchestrator the other nodes of its pool. */
export type Watcher = 'bridge' | 'orchestrator';

/** A watcher that says nothing for so long hears nothing either. */
const watchMs = 25 * secondMs;

function watchKey(poolId: string, watcher: Watcher): string {
  return `pool:watched:${watcher}:${poolId}`;
}

/**
 * Notes that somebody listens to the workers of a pool, every ten seconds: without it their silence proves nothing. What is kept is since
 * when, without a gap, so that workers have time to be heard again after their watcher was away.
 */
export async function markWatching(redis: Redis, poolId: string, watcher: Watcher, at: Date): Promise<void> {
  const key = watchKey(poolId, watcher);
  await redis.set(key, at.getTime(), 'PX', watchMs, 'NX');
  await redis.pexpire(key, watchMs);
}

export interface Sweep {
  /** Why nothing was done; null when it was. */
  skipped: string | null;
  /** Ids of the workers that were moved. */
  down: string[];
  back: string[];
  inactive: string[];
}

/**
 * Compares what Postgres says with the heartbeats, and moves the workers that differ.
 *
 * It never acts on a Redis that cannot be reached, or that started less than `warmUpMs` ago, nor on the silence of workers to whom nobody
 * has listened for as long: a bridge or an orchestrator that is away takes no cluster down.
 */
export async function sweepLiveness(
  context: WorkersContext,
  redis: Redis,
  { warmUpMs = minuteMs }: { warmUpMs?: number } = {},
): Promise<Sweep> {
  const sweep: Sweep = { skipped: null, down: [], back: [], inactive: [] };
  const now = context.clock.now().getTime();
  const workers = await context.db
    .selectFrom('worker')
    .select(['id', 'pool_id', 'origin', 'connected', 'status', 'last_seen_at', 'created_at'])
    .orderBy('id')
    .execute();
  const watches = workers.map(({ pool_id, origin }) =>
    watchKey(pool_id, origin === 'community' ? 'bridge' : 'orchestrator'),
  );
  const times = await readTimes(redis, [...workers.map(({ id }) => seenKey(id)), ...new Set(watches)], warmUpMs);
  if (typeof times === 'string') return { ...sweep, skipped: times };

  const refreshed: string[] = [];
  for (const [index, worker] of workers.entries()) {
    const known = (worker.last_seen_at ?? worker.created_at).getTime();
    const heartbeat = times.get(seenKey(worker.id)) ?? 0;
    const watchedSince = times.get(watches[index]!) ?? now;
    const seen = Math.max(known, heartbeat);
    const last_seen_at = new Date(seen);
    const heard = now - heartbeat < silenceMs && heartbeat > known;
    if (worker.connected && now - Math.max(seen, watchedSince) >= silenceMs) {
      if (await move(worker.id, { connected: false, last_seen_at }, 'No heartbeat for 40 s.'))
        sweep.down.push(worker.id);
    } else if (!worker.connected && heard) {
      if (await move(worker.id, { connected: true, last_seen_at }, 'It is heard again.')) sweep.back.push(worker.id);
    } else if (worker.status === 'down' && now - seen >= inactiveAfterMs) {
      if (await move(worker.id, {}, 'No contact for 5 days.')) sweep.inactive.push(worker.id);
    } else if (worker.connected && seen - known >= contactRefreshMs) {
      refreshed.push(worker.id);
    }
  }
  await noteContact(context, refreshed);
  return sweep;

  async function move(workerId: string, changes: WorkerChanges, reason: string): Promise<boolean> {
    return context.db.transaction().execute(async (trx) => {
      const row = await lockWorker(trx, workerId);
      // It was heard, or left, since the sweep read it.
      if (
        !row ||
        (changes.connected === false && row.last_seen_at && row.last_seen_at > (changes.last_seen_at as Date))
      ) {
        return false;
      }
      return (await changeWorker(trx, context, row, changes, { actorId: 'system:sweep', reason })) !== row;
    });
  }
}

/** The times in ms that these keys hold, as far as they are there; or why they cannot be believed. */
async function readTimes(redis: Redis, keys: string[], warmUpMs: number): Promise<Map<string, number> | string> {
  try {
    const info = await redis.info('server');
    const uptimeMs = Number(/uptime_in_seconds:(\d+)/.exec(info)?.[1] ?? 0) * secondMs;
    if (uptimeMs < warmUpMs) return 'Redis has just started';
    const times = new Map<string, number>();
    for (let start = 0; start < keys.length; start += batch) {
      const some = keys.slice(start, start + batch);
      for (const [index, value] of (await redis.mget(some)).entries()) {
        if (Number(value) > 0) times.set(some[index]!, Number(value));
      }
    }
    return times;
  } catch (error) {
    if (error instanceof ReplyError) throw error;
    return 'Redis cannot be reached';
  }
}

async function noteContact(context: WorkersContext, workerIds: string[]): Promise<void> {
  if (workerIds.length === 0) return;
  await context.db
    .updateTable('worker')
    .set({ last_seen_at: context.clock.now() })
    .where('id', 'in', workerIds)
    .where('connected', '=', true)
    .execute();
}

/** Being hired: leases belong to `assembly`; it tells here, in its own transaction, when a worker is taken and let go. */
import { DomainError } from '@muster/common';
import { type Database, sql, type Transaction } from '@muster/db';
import { appendEvents } from '@muster/events';
import { eventOf, position } from './change.ts';
import { detachedPoolIds } from './pools.ts';
import type { WorkerRow, WorkersContext } from './worker.ts';

/**
 * A lease was claimed on each of these workers.
 *
 * @throws DomainError `conflict` when one of them cannot be hired any more: the plan is stale, plan again
 */
export async function onLeaseHeld(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerIds: readonly string[],
): Promise<void> {
  const workers = await lockAll(trx, workerIds);
  const detached = new Set(await detachedPoolIds(trx));
  const free = workers.filter(
    ({ status, readiness, pool_id }) => status === 'idle' && readiness === 'cluster-ready' && !detached.has(pool_id),
  );
  if (free.length !== workerIds.length) {
    throw new DomainError('conflict', 'A chosen worker was hired or became unavailable in the meantime.', {
      fix: 'Ask for a new quote.',
    });
  }
  await move(
    trx,
    context,
    free.map((worker) => ({ worker, hired: true, reason: 'A cluster hired it.' })),
  );
}

/**
 * These workers have no live lease any more. One that was draining is drained now: it is paused until its owner resumes it.
 */
export async function onLeaseReleased(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerIds: readonly string[],
): Promise<void> {
  const workers = await lockAll(trx, workerIds);
  const moves = workers.map((worker) =>
    worker.draining
      ? {
          worker: { ...worker, draining: false, paused: true },
          hired: false,
          reason: 'Its last lease ended: it is drained.',
        }
      : { worker, hired: false, reason: 'Its lease ended.' },
  );
  await move(trx, context, moves);
}

/**
 * Writes workers under their locks and moves both axes, with their events, by three statements however many they are: a cluster may have
 * hundreds, and everyone else who claims waits.
 */
async function move(
  trx: Transaction<Database>,
  context: WorkersContext,
  moves: readonly { worker: WorkerRow; hired: boolean; reason: string }[],
): Promise<void> {
  if (moves.length === 0) return;
  const now = moves.map(({ worker, hired, reason }) => ({ ...worker, ...position(context, worker, hired), reason }));
  await sql`
    update worker set status = moved.status, readiness = moved.readiness, paused = moved.paused, draining = moved.draining,
      version = version + 1
    from unnest(
      ${now.map(({ id }) => id)}::text[],
      ${now.map(({ status }) => status)}::text[],
      ${now.map(({ readiness }) => readiness)}::text[],
      ${now.map(({ paused }) => paused)}::boolean[],
      ${now.map(({ draining }) => draining)}::boolean[]
    ) as moved (id, status, readiness, paused, draining)
    where worker.id = moved.id`.execute(trx);
  await appendEvents(
    trx,
    context,
    now.map(({ reason, ...worker }) =>
      eventOf({ ...worker, version: worker.version + 1 }, worker.status, { actorId: 'system:assembly', reason }),
    ),
  );
}

/** Under their locks, always in the order of their ids: two transactions never wait for each other in a ring. */
async function lockAll(trx: Transaction<Database>, workerIds: readonly string[]): Promise<WorkerRow[]> {
  if (workerIds.length === 0) return [];
  return trx.selectFrom('worker').selectAll().where('id', 'in', workerIds).orderBy('id').forNoKeyUpdate().execute();
}

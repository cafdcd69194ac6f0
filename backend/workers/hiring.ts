/** Being hired: leases belong to `assembly`; it tells here, in its own transaction, when a worker is taken and let go. */
import { DomainError } from '@muster/common';
import type { Database, Transaction } from '@muster/db';
import { type Cause, changeWorker } from './change.ts';
import type { WorkerRow, WorkersContext } from './worker.ts';

const byLease = (reason: string): Cause => ({ actorId: 'system:assembly', reason });

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
  const free = workers.filter(({ status, readiness }) => status === 'idle' && readiness === 'cluster-ready');
  if (free.length !== workerIds.length) {
    throw new DomainError('conflict', 'A chosen worker was hired or became unavailable in the meantime.', {
      fix: 'Ask for a new quote.',
    });
  }
  for (const worker of free) {
    await changeWorker(trx, context, worker, {}, byLease('A cluster hired it.'), { hired: true });
  }
}

/**
 * These workers have no live lease any more. One that was draining is drained now: it is paused until its owner resumes it.
 */
export async function onLeaseReleased(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerIds: readonly string[],
): Promise<void> {
  for (const worker of await lockAll(trx, workerIds)) {
    const changes = worker.draining ? { draining: false, paused: true } : {};
    const reason = worker.draining ? 'Its last lease ended: it is drained.' : 'Its lease ended.';
    await changeWorker(trx, context, worker, changes, byLease(reason), { hired: false });
  }
}

/** Under their locks, always in the order of their ids: two transactions never wait for each other in a ring. */
async function lockAll(trx: Transaction<Database>, workerIds: readonly string[]): Promise<WorkerRow[]> {
  if (workerIds.length === 0) return [];
  return trx.selectFrom('worker').selectAll().where('id', 'in', workerIds).orderBy('id').forUpdate().execute();
}

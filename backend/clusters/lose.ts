/** Losing workers: their leases end, the cluster is degraded, and a repair is due. */
import { type Lease, leasesHolding, letGo } from '@muster/assembly';
import { settlement } from '@muster/billing';
import { forEach, type LeaseOutcome } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { closeMeters, suspendMeters } from '@muster/metering';
import { candidates } from '@muster/workers';
import { amend, type Cause, lockCluster, transition } from './change.ts';
import type { ClusterRow } from './row.ts';
import { isHiring } from './states.ts';

/**
 * A worker does not serve its customers any more: it is down, or was blocked.
 *
 * @param outcome `failed` when it failed, `evicted` when it was taken out
 */
export async function workerLost(
  context: Context,
  workerId: string,
  reason: string,
  outcome: LeaseOutcome = 'failed',
): Promise<void> {
  for (const { clusterId, letGoAt } of await leasesHolding(context.db, [workerId])) {
    if (letGoAt !== null) continue;
    await context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, clusterId);
      if (!read || !isHiring(read.state)) return;
      const lost = (await leasesHolding(trx, [workerId])).filter(
        (lease) => lease.clusterId === clusterId && lease.letGoAt === null,
      );
      if (lost.length > 0) await loseWorkers(trx, context, read, lost, reason, outcome);
    });
  }
}

/** Why a worker of this status serves no more: what its customer is told. */
const losses = {
  down: { reason: 'it does not answer', outcome: 'failed' },
  blocked: { reason: 'the operator took it out', outcome: 'evicted' },
} as const;

/** The tick: hired workers that are down or blocked, should the event that told of it have been lost. */
export async function loseUnreachable(context: Context): Promise<void> {
  await forEach(await candidates(context, { lost: true }), async ({ workerId, status }) => {
    if (status !== 'down' && status !== 'blocked') return;
    await workerLost(context, workerId, losses[status].reason, losses[status].outcome);
  });
}

const actorId = 'system:clusters';

/** Ends the leases of lost workers, and degrades a cluster that ran. @param read the row under its lock */
export async function loseWorkers(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  lost: readonly Lease[],
  reason: string,
  outcome: LeaseOutcome = 'failed',
): Promise<ClusterRow> {
  const at = context.clock.now();
  const leaseIds = lost.map(({ id }) => id);
  const ranks = lost.map(({ rank }) => rank);
  await letGo(trx, leaseIds, { at, version: read.version + 1, outcome });
  await closeMeters(trx, context, settlement, { clusterId: read.id, leaseIds, at });
  const sentence = `lost ${ranks.length === 1 ? `worker ${ranks[0]}` : `workers ${ranks.join(', ')}`}: ${reason}`;
  const body = { ranks, leaseIds, workerIds: lost.map(({ workerId }) => workerId) };
  // Those that scaling added do not run yet: the others go on.
  const row =
    read.state === 'running' && lost.some(({ state }) => state === 'active')
      ? await degrade(trx, context, read, sentence, body)
      : await amend(trx, context, read, 'worker_lost', { actorId, reason: sentence, body });
  if (row.lacking_since !== null) return row;
  await trx.updateTable('cluster').set({ lacking_since: at }).where('id', '=', row.id).execute();
  return { ...row, lacking_since: at };
}

/** Platform faults are free: nothing of the cluster costs until it is whole again. */
export async function degrade(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  reason: string,
  body?: Cause['body'],
): Promise<ClusterRow> {
  await suspendMeters(trx, context, settlement, read.id, 'a worker was missing');
  return transition(trx, context, read, 'degraded', { actorId, reason, ...(body && { body }) });
}

/** How a cluster ends: at once it costs nothing more, the rest of its hold is given back and it is billed; then its pool lets its workers go. */
import { letGo, release, unreleasedLeases } from '@muster/assembly';
import { issueInvoice, releaseHold, settlement } from '@muster/billing';
import type { LeaseOutcome } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { closeMeters } from '@muster/metering';
import { onLeaseReleased } from '@muster/workers';
import { type Cause, transition } from './change.ts';
import type { ClusterRow } from './row.ts';

export type FinalState = 'terminated' | 'expired' | 'failed';

const outcomes: Record<FinalState, LeaseOutcome> = { terminated: 'completed', expired: 'completed', failed: 'failed' };

/**
 * Begins the end of a cluster. From now on it costs nothing, however long its pool takes to let its workers go: neither a slow pool nor
 * one that never answers again keeps the customer's money.
 *
 * @param read the row under its lock
 * @throws DomainError `illegal_transition` when it ends already
 */
export async function beginEnd(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  finalState: FinalState,
  cause: Cause,
): Promise<ClusterRow> {
  const row = await transition(trx, context, read, read.state === 'requested' ? 'terminated' : 'terminating', cause, {
    final_state: finalState,
    ended_because: cause.reason,
    grace_until: null,
    lacking_since: null,
    ...(read.state === 'requested' && { ended_at: context.clock.now() }),
  });
  const at = context.clock.now();
  const leases = await unreleasedLeases(trx, row.id);
  const order = { at, version: row.version, outcome: outcomes[finalState] };
  await letGo(
    trx,
    leases.map(({ id }) => id),
    order,
  );
  await closeMeters(trx, context, settlement, { clusterId: row.id, at });
  await releaseHold(trx, context, { clusterId: row.id, actorId: 'system:clusters' });
  await issueInvoice(trx, context, row.id);
  return row;
}

/** The pool holds nothing of it any more: its workers are free. */
export async function finishEnd(trx: Transaction<Database>, context: Context, read: ClusterRow): Promise<ClusterRow> {
  const leases = await unreleasedLeases(trx, read.id);
  await releaseLeases(
    trx,
    context,
    leases.map(({ id }) => id),
  );
  const cause = { actorId: 'system:clusters', reason: read.ended_because ?? 'ended' };
  return transition(trx, context, read, read.final_state ?? 'terminated', cause, { ended_at: context.clock.now() });
}

/** Leases that the pool has let go of: their workers may be hired by others. */
export async function releaseLeases(
  trx: Transaction<Database>,
  context: Context,
  leaseIds: readonly string[],
): Promise<void> {
  await onLeaseReleased(trx, context, await release(trx, context, leaseIds));
}

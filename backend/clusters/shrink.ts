/** Taking workers out of a cluster that stands: by its owner, or those that scaling added in vain. */
import { letGo, unreleasedLeases } from '@muster/assembly';
import { reduceHold, settlement } from '@muster/billing';
import type { LeaseOutcome } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { closeMeters } from '@muster/metering';
import { amend, type Cause } from './change.ts';
import { pricePerHour } from './grow.ts';
import type { ClusterRow } from './row.ts';

/**
 * Lets the highest ranks go: from now on they cost nothing, and the hold is one hour of those that stay.
 *
 * @param read the row under its lock, of a running cluster: of what scaling added a worker may be lost, and is still to be replaced
 */
export async function shrinkTo(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  workers: number,
  { type, outcome, ...cause }: Cause & { type: string; outcome: LeaseOutcome },
): Promise<ClusterRow> {
  const leases = (await unreleasedLeases(trx, read.id)).filter(({ letGoAt }) => letGoAt === null);
  const [staying, leaving] = [
    leases.filter(({ rank }) => rank < workers),
    leases.filter(({ rank }) => rank >= workers),
  ];
  const leaseIds = leaving.map(({ id }) => id);
  const whole = staying.length === workers;
  const price = whole ? pricePerHour(staying) : read.price_micro_usd_per_hour - pricePerHour(leaving);
  const at = context.clock.now();
  await letGo(trx, leaseIds, { at, version: read.version + 1, outcome });
  await closeMeters(trx, context, settlement, { clusterId: read.id, leaseIds, at });
  await reduceHold(trx, context, { clusterId: read.id, reserve: price, actorId: cause.actorId });
  return amend(trx, context, read, type, cause, {
    workers,
    price_micro_usd_per_hour: price,
    ...(whole && { lacking_since: null }),
  });
}

/** Gives back what scaling added and what does not come up: the cluster is what it was before. @param read a running cluster */
export async function undoScaling(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  reason: string,
): Promise<ClusterRow> {
  const leases = await unreleasedLeases(trx, read.id);
  const { length } = leases.filter(({ state, letGoAt }) => state === 'active' && letGoAt === null);
  return shrinkTo(trx, context, read, length, {
    type: 'scaling_failed',
    outcome: 'failed',
    actorId: 'system:clusters',
    reason: `${read.workers - length} added workers ${reason}; nothing was charged for them`,
  });
}

/** What time alone brings about: ends, failures, the end of money, and messages that got lost. */
import { clustersWaiting, unreleasedLeases } from '@muster/assembly';
import type { EmptyBalance } from '@muster/billing';
import { forEach, formatMicro } from '@muster/common';
import { type Context, type Database, sql, type Transaction } from '@muster/db';
import { chargedTo } from '@muster/metering';
import { detachedPoolIds } from '@muster/workers';
import { amend, lockCluster, nudge } from './change.ts';
import { beginEnd, type FinalState, finishEnd } from './end.ts';
import { type ClusterPolicy, defaultPolicy } from './policy.ts';
import { type ClusterRow, requestOf } from './row.ts';
import { undoScaling } from './shrink.ts';
import { inPool, isFinal, isHiring } from './states.ts';

const actorId = 'system:clusters';

/** Clusters whose time is over begin to end. @returns how many */
export async function expireDue(context: Context): Promise<number> {
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('ended_at', 'is', null)
    .where('state', 'in', ['running', 'degraded'])
    .where('ends_at', '<=', context.clock.now())
    .execute();
  return endEach(context, due, (row) =>
    row.ends_at !== null && row.ends_at <= context.clock.now()
      ? { state: 'expired', reason: 'its time is over' }
      : undefined,
  );
}

/** Clusters that do not come up fail; nothing was charged. @returns how many */
export async function failStuck(context: Context, { stuckMs }: ClusterPolicy = defaultPolicy): Promise<number> {
  const latest = () => new Date(context.clock.now().getTime() - stuckMs);
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('state', '=', 'provisioning')
    .where('progress_at', '<=', latest())
    .execute();
  const reason = `it made no progress for ${Math.round(stuckMs / 60_000)} minutes; nothing is charged`;
  return endEach(context, due, (row) =>
    row.state === 'provisioning' && row.progress_at <= latest() ? { state: 'failed', reason } : undefined,
  );
}

/** Workers that scaling added and that do not come up are given back: the cluster is what it was before. @returns how many clusters */
export async function undoStuckScaling(context: Context, { stuckMs }: ClusterPolicy = defaultPolicy): Promise<number> {
  const latest = new Date(context.clock.now().getTime() - stuckMs);
  let undone = 0;
  await forEach(await clustersWaiting(context.db, latest), (id) =>
    context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, id);
      // While it comes up or is repaired, others judge it.
      if (read?.state !== 'running') return;
      const leases = await unreleasedLeases(trx, id);
      if (!leases.some(({ state, letGoAt, heldAt }) => state === 'held' && letGoAt === null && heldAt <= latest))
        return;
      await undoScaling(trx, context, read, 'did not come up in time');
      undone++;
    }),
  );
  return undone;
}

/** Clusters of which a pool that was detached should hold something: nobody there lets their workers go. They end at once. */
export async function endStranded(context: Context): Promise<void> {
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('ended_at', 'is', null)
    .where('state', 'in', inPool)
    .where('pool_id', '=', sql<string>`any(${await detachedPoolIds(context.db)})`)
    .execute();
  await forEach(due, ({ id }) =>
    context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, id);
      if (!read || isFinal(read.state)) return;
      const cause = { actorId, reason: 'its pool was detached' };
      await finishEnd(trx, context, isHiring(read.state) ? await beginEnd(trx, context, read, 'failed', cause) : read);
    }),
  );
}

/** Clusters that have cost what they may begin to end. @returns how many */
export async function enforceSpendingCaps(context: Context): Promise<number> {
  const capped = await context.db
    .selectFrom('cluster')
    .selectAll()
    .where('ended_at', 'is', null)
    .where('state', 'in', ['running', 'degraded'])
    .where(sql<boolean>`request #> '{priceGuard,spendingCapMicroUsd}' is not null`)
    .execute();
  const charged = await chargedTo(
    context.db,
    capped.map(({ id }) => id),
    context.clock.now(),
  );
  const due = capped.filter((row) => {
    const cap = requestOf(row).priceGuard?.spendingCapMicroUsd;
    return cap !== undefined && (charged.get(row.id) ?? 0n) + oneMinute(row) > cap;
  });
  return endEach(context, due, (row) => {
    const cap = requestOf(row).priceGuard?.spendingCapMicroUsd ?? 0n;
    return { state: 'terminated', reason: `its spending cap of ${formatMicro(cap)} is reached` };
  });
}

/** What it costs until the next look: the cap must hold in between. */
function oneMinute({ price_micro_usd_per_hour }: ClusterRow): bigint {
  return price_micro_usd_per_hour / 60n;
}

/**
 * Acts on billing's list of clusters whose money ends: starts their grace, stops those whose grace is over, and ends the grace of all
 * others.
 */
export async function applyGrace(context: Context, empty: readonly EmptyBalance[]): Promise<void> {
  const until = new Map(empty.map(({ clusterId, graceUntil }) => [clusterId, graceUntil]));
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('ended_at', 'is', null)
    .where(({ eb, or }) =>
      or([eb('id', '=', sql<string>`any(${[...until.keys()]})`), eb('grace_until', 'is not', null)]),
    )
    .execute();
  await forEach(due, ({ id }) =>
    context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, id);
      if (!read || !isHiring(read.state)) return;
      await applyGraceTo(trx, context, read, until.get(id) ?? null);
    }),
  );
}

async function applyGraceTo(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  until: Date | null,
): Promise<void> {
  if (until !== null && until <= context.clock.now()) {
    await beginEnd(trx, context, read, 'terminated', { actorId, reason: 'the balance is used up' });
  } else if (until !== null && read.grace_until === null) {
    const reason = `the balance is used up; it stops at ${until.toISOString()} unless credit is added`;
    await amend(trx, context, read, 'grace_started', { actorId, reason }, { grace_until: until });
  } else if (until === null && read.grace_until !== null) {
    await amend(trx, context, read, 'grace_ended', { actorId, reason: 'it is paid again' }, { grace_until: null });
  }
}

/** Tells pools again of clusters on their way that have not moved: a lost message costs seconds. @returns how many */
export async function nudgeStuck(context: Context, { nudgeMs }: ClusterPolicy = defaultPolicy): Promise<number> {
  return context.db.transaction().execute(async (trx) => {
    const now = context.clock.now();
    const stuck = await trx
      .updateTable('cluster')
      .set({ nudged_at: now })
      .where('ended_at', 'is', null)
      .where('state', 'in', ['provisioning', 'degraded', 'terminating'])
      .where('nudged_at', '<=', new Date(now.getTime() - nudgeMs))
      .returning(['id', 'pool_id'])
      .execute();
    for (const cluster of stuck) await nudge(trx, context, cluster);
    return stuck.length;
  });
}

/** Each in its own transaction, and only if it is still due under its lock. */
async function endEach(
  context: Context,
  due: readonly { id: string }[],
  why: (row: ClusterRow) => { state: FinalState; reason: string } | undefined,
): Promise<number> {
  let ended = 0;
  await forEach(due, ({ id }) =>
    context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, id);
      const end = read && isHiring(read.state) ? why(read) : undefined;
      if (!read || !end) return;
      await beginEnd(trx, context, read, end.state, { actorId, reason: end.reason });
      ended++;
    }),
  );
  return ended;
}

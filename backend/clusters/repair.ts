/** Repair: a lost worker is replaced under the same constraints at no higher price, or the cluster fails and is given back. */
import { claimInTurn, type Lease, leasesOfCluster } from '@muster/assembly';
import { forEach } from '@muster/common';
import type { Context } from '@muster/db';
import { amend, lockCluster } from './change.ts';
import { beginEnd } from './end.ts';
import { besideRequest, claimBeside, pricePerHour, proposeBeside } from './grow.ts';
import { loseWorkers } from './lose.ts';
import { type ClusterPolicy, defaultPolicy } from './policy.ts';
import type { ClusterRow } from './row.ts';
import { undoScaling } from './shrink.ts';
import { isHiring } from './states.ts';

const actorId = 'system:clusters';

/** The tick of repairs: every cluster that lacks a worker. @returns how many workers were replaced */
export async function repairDue(context: Context, policy: ClusterPolicy = defaultPolicy): Promise<number> {
  await loseUnready(context, policy);
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('ended_at', 'is', null)
    .where('lacking_since', 'is not', null)
    .where('state', 'in', ['provisioning', 'running', 'degraded'])
    .orderBy('lacking_since')
    .execute();
  let replaced = 0;
  await forEach(due, async ({ id }) => {
    replaced += await repair(context, id, policy);
  });
  return replaced;
}

/** Replaces each missing worker of one cluster, one at a time: its price is the limit of its replacement's. */
async function repair(context: Context, clusterId: string, policy: ClusterPolicy): Promise<number> {
  for (let replaced = 0; ; replaced++) {
    const outcome = await replaceOne(context, clusterId, policy);
    if (outcome !== 'replaced') return replaced;
  }
}

async function replaceOne(
  context: Context,
  clusterId: string,
  policy: ClusterPolicy,
): Promise<'replaced' | 'whole' | 'none free'> {
  const outside = await context.db.selectFrom('cluster').selectAll().where('id', '=', clusterId).executeTakeFirst();
  if (!outside) return 'whole';
  const missing = missingRank(outside, await leasesOfCluster(context.db, clusterId));
  if (!missing) return 'whole';
  const request = {
    ...(await besideRequest(context, context.db, outside, 1)),
    maxMicroUsdPerDeviceHour: missing.last.priceMicroUsdPerDeviceHour,
  };
  const proposed = await proposeBeside(context, request);

  return claimInTurn(context, async (trx) => {
    const read = await lockCluster(trx, clusterId);
    if (!read || !isHiring(read.state)) return 'whole';
    const leases = await leasesOfCluster(trx, clusterId);
    if (missingRank(read, leases)?.rank !== missing.rank) return 'whole';
    const claimed = await claimBeside(trx, context, read, request, proposed, [missing.rank]);
    if (!claimed) {
      await giveUpInTime(trx, context, read, policy);
      return 'none free';
    }
    const staying = [...leases.filter(({ letGoAt }) => letGoAt === null), ...claimed];
    await amend(
      trx,
      context,
      read,
      'repaired',
      {
        actorId,
        reason: `worker ${missing.rank} is replaced at no higher price`,
        body: { rank: missing.rank, lost: missing.last.workerId, replacement: claimed[0]!.workerId },
      },
      {
        price_micro_usd_per_hour: pricePerHour(staying),
        progress_at: context.clock.now(),
        ...(staying.length === read.workers && { lacking_since: null }),
      },
    );
    return 'replaced';
  });
}

/** The lowest rank without a live lease, with the lease that it had last. */
function missingRank(
  { workers, state }: ClusterRow,
  leases: readonly Lease[],
): { rank: number; last: Lease } | undefined {
  if (!isHiring(state)) return undefined;
  const standing = new Set(leases.filter(({ letGoAt }) => letGoAt === null).map(({ rank }) => rank));
  for (let rank = 0; rank < workers; rank++) {
    const last = leases.findLast((lease) => lease.rank === rank);
    if (!standing.has(rank) && last) return { rank, last };
  }
  return undefined;
}

async function giveUpInTime(
  trx: Parameters<typeof beginEnd>[0],
  context: Context,
  read: ClusterRow,
  { repairPatienceMs }: ClusterPolicy,
): Promise<void> {
  const since = read.lacking_since?.getTime() ?? Number.POSITIVE_INFINITY;
  if (context.clock.now().getTime() - since < repairPatienceMs) return;
  if (read.state === 'running') {
    await undoScaling(trx, context, read, 'were lost, and no others were free in time');
    return;
  }
  const reason = `no worker at the same price was free for ${Math.round(repairPatienceMs / 60_000)} minutes; what is left of the hold is given back`;
  await beginEnd(trx, context, read, 'failed', { actorId, reason });
}

/** Workers of degraded clusters that do not come back in time, or never come up, are lost, whatever their pool says. */
async function loseUnready(context: Context, { unreadyMs, stuckMs }: ClusterPolicy): Promise<void> {
  const ago = (ms: number) => new Date(context.clock.now().getTime() - ms);
  const due = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('state', '=', 'degraded')
    .where('lacking_since', 'is', null)
    .where('progress_at', '<=', ago(unreadyMs))
    .execute();
  await forEach(due, ({ id }) =>
    context.db.transaction().execute(async (trx) => {
      const read = await lockCluster(trx, id);
      if (read?.state !== 'degraded' || read.lacking_since !== null) return;
      const leases = await leasesOfCluster(trx, id);
      const lost = leases.filter(
        ({ letGoAt, ready, state, heldAt }) =>
          letGoAt === null && !ready && (state === 'active' || heldAt <= ago(stuckMs)),
      );
      if (lost.length > 0) await loseWorkers(trx, context, read, lost, 'it did not become ready');
    }),
  );
}

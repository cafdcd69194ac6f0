/** Orders: requests that wait for their money. They hold nothing, start when the balance covers them, and are dropped after 20 minutes. */
import { type Assembled, assemble, claimInTurn, confirm, lockSupply, type Survey, survey } from '@muster/assembly';
import { balanceOf } from '@muster/billing';
import { type Actor, forEach, formatMicro, isDomainError, minuteMs } from '@muster/common';
import type { ClusterTable, Context, Database, Insertable, Transaction } from '@muster/db';
import { appendEvent } from '@muster/events';
import { lockCluster, transition } from './change.ts';
import { checkQuota, occupy } from './occupy.ts';
import { explainAgainst, noteUnmetDemand } from './refuse.ts';
import { supplyOf } from './request.ts';
import { type Cluster, type ClusterRow, currencyOf, requestOf, toCluster } from './row.ts';

/** Unpaid orders are dropped after so long (product.md). */
const unpaidMs = 20 * minuteMs;
const actorId = 'system:clusters';

/** Keeps a request whose money is missing. @param row the cluster as it would have been */
export async function placeOrder(
  context: Context,
  actor: Actor,
  row: Insertable<ClusterTable>,
  missing: string,
): Promise<Cluster> {
  return context.db.transaction().execute(async (trx) => {
    const placed = await trx
      .insertInto('cluster')
      .values({ ...row, pool_id: null, state: 'requested', version: 1 })
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendEvent(trx, context, {
      organizationId: placed.organization_id,
      subject: { kind: 'cluster', id: placed.id },
      type: 'requested',
      state: 'requested',
      version: 1,
      actorId: actor.id,
      reason: `waits for payment: ${missing}`,
    });
    return toCluster(placed);
  });
}

/** The tick of orders: starts those that can be paid now, drops those that waited too long. @returns how many started */
export async function startPaidOrders(context: Context): Promise<number> {
  const orders = await context.db
    .selectFrom('cluster')
    .selectAll()
    .where('state', '=', 'requested')
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute();
  let started = 0;
  await forEach(orders, async (order) => {
    if (order.created_at.getTime() + unpaidMs <= context.clock.now().getTime()) await drop(context, order);
    else if (await startIfPaid(context, order)) started++;
  });
  return started;
}

async function drop(context: Context, { id }: ClusterRow): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const read = await lockCluster(trx, id);
    if (read?.state !== 'requested') return;
    const reason = `not paid within ${unpaidMs / minuteMs} minutes`;
    const ended = { ended_at: context.clock.now(), ended_because: reason };
    await transition(trx, context, read, 'unpaid', { actorId, reason }, ended);
  });
}

async function startIfPaid(context: Context, order: ClusterRow): Promise<boolean> {
  const supply = supplyOf(requestOf(order));
  const surveyed = await survey(context, supply);
  const proposed = assemble(supply, surveyed.candidates, surveyed.market);
  const { balanceMicroUsd } = await balanceOf(context, order.organization_id, currencyOf(order));
  if (balanceMicroUsd < (proposed?.priceMicroUsdPerHour ?? order.price_micro_usd_per_hour)) return false;
  if (!proposed) {
    await giveUp(context, order);
    return false;
  }
  try {
    return await claimInTurn(context, (trx) => startOrder(trx, context, order.id, surveyed, proposed));
  } catch (error) {
    // The quota or the balance went elsewhere, or a worker did: it waits on.
    if (isDomainError(error)) return false;
    throw error;
  }
}

async function startOrder(
  trx: Transaction<Database>,
  context: Context,
  id: string,
  surveyed: Survey,
  proposed: Assembled,
): Promise<boolean> {
  const read = await lockCluster(trx, id);
  if (read?.state !== 'requested') return false;
  await lockSupply(trx);
  await checkQuota(trx, read.organization_id, read.workers * read.devices_per_worker);
  const assembled = await confirm(trx, context, supplyOf(requestOf(read)), surveyed, proposed);
  if (!assembled) return false;
  const { poolId, priceMicroUsdPerHour } = assembled;
  const chosen = await transition(
    trx,
    context,
    read,
    'assembling',
    { actorId, reason: `paid; workers chosen: ${read.workers}` },
    { pool_id: poolId, price_micro_usd_per_hour: priceMicroUsdPerHour },
  );
  await occupy(trx, context, { id: actorId }, chosen, assembled);
  const reason = `workers held: ${read.workers}; set aside: ${formatMicro(priceMicroUsdPerHour)} ${currencyOf(read)}`;
  await transition(trx, context, chosen, 'provisioning', { actorId, reason });
  return true;
}

/** It is paid, and there is no supply any more. */
async function giveUp(context: Context, { id, organization_id, ...order }: ClusterRow): Promise<void> {
  const request = requestOf(order);
  const { refusal } = await explainAgainst(context, supplyOf(request));
  if (!refusal) return;
  await noteUnmetDemand(context, organization_id, request, refusal);
  await context.db.transaction().execute(async (trx) => {
    const read = await lockCluster(trx, id);
    if (read?.state !== 'requested') return;
    const looked = await transition(trx, context, read, 'assembling', { actorId, reason: 'paid; looks for workers' });
    const ended = { ended_at: context.clock.now(), ended_because: refusal.summary };
    await transition(trx, context, looked, 'unfulfilled', { actorId, reason: refusal.summary }, ended);
  });
}

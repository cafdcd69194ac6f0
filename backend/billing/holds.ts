/** Holds: one hour of a cluster is set aside when it is made, and given back when it ends. */
import { type Actor, type Currency, DomainError, formatMicro } from '@muster/common';
import {
  type Context,
  type Database,
  type HoldTable,
  type Kysely,
  type Selectable,
  sql,
  type Transaction,
} from '@muster/db';
import { ensureAccounts, transfer } from './ledger.ts';
import { lockPurse, type Purse } from './purse.ts';

export interface NewHold {
  clusterId: string;
  organizationId: string;
  currency: 'USD' | 'SIM';
  /** The price of one hour of the whole cluster, in micro-units: that much must be covered to start. */
  amount: bigint;
  actorId: string;
}

/**
 * Moves one hour's price from the balance to the hold account.
 *
 * @returns the hold's id
 * @throws DomainError `insufficient_funds` with what is missing; simulated currency has no floor
 */
export async function holdForCluster(trx: Transaction<Database>, context: Context, order: NewHold): Promise<string> {
  const { clusterId, organizationId, currency, amount, actorId } = order;
  const id = context.ids.next('hold');
  await setAside(trx, context, order, `hold:${id}`, `One hour of ${clusterId}, set aside`, actorId);
  await trx
    .insertInto('hold')
    .values({
      id,
      organization_id: organizationId,
      cluster_id: clusterId,
      currency,
      reserve: amount,
      amount,
      state: 'pending',
      empty_since: null,
      created_at: context.clock.now(),
      closed_at: null,
    })
    .execute();
  return id;
}

/**
 * Sets more aside, when a live cluster grows.
 *
 * @param order `amount` is what one hour costs more than before
 * @throws DomainError `insufficient_funds`, and `not_found` when the cluster has no live hold
 */
export async function extendHold(
  trx: Transaction<Database>,
  context: Context,
  order: { clusterId: string; amount: bigint; actorId: string },
): Promise<void> {
  if (order.amount === 0n) return;
  const hold = (await livePurse(trx, order.clusterId))?.hold;
  if (!hold) throw new DomainError('not_found', 'No money is on hold for this cluster.');
  const payer = { clusterId: order.clusterId, organizationId: hold.organization_id, currency: hold.currency };
  const amount = hold.amount + order.amount;
  const reference = `hold:${hold.id}:${amount}`;
  await setAside(
    trx,
    context,
    { ...payer, amount: order.amount },
    reference,
    `One hour of what ${order.clusterId} grew by, set aside`,
    order.actorId,
  );
  await trx
    .updateTable('hold')
    .set({ amount, reserve: hold.reserve + order.amount })
    .where('id', '=', hold.id)
    .execute();
}

/**
 * Gives back what a cluster that shrank needs no more. A second call changes nothing.
 *
 * @param order `reserve` is what one hour costs now
 */
export async function reduceHold(
  trx: Transaction<Database>,
  context: Context,
  order: { clusterId: string; reserve: bigint; actorId: string },
): Promise<void> {
  const purse = await livePurse(trx, order.clusterId);
  if (!purse || order.reserve >= purse.hold.reserve) return;
  const { hold, held } = purse;
  const back = held > order.reserve ? held - order.reserve : 0n;
  const released = hold.released + back;
  const reference = `release:${hold.id}:${released}`;
  await giveBack(trx, context, purse, order, reference, back);
  await trx.updateTable('hold').set({ released, reserve: order.reserve }).where('id', '=', hold.id).execute();
}

/** Gives back what is left of a cluster's hold. A second call changes nothing. @returns what was given back */
export async function releaseHold(
  trx: Transaction<Database>,
  context: Context,
  order: { clusterId: string; actorId: string },
): Promise<bigint> {
  const purse = await livePurse(trx, order.clusterId);
  if (!purse) return 0n;
  const { hold, held } = purse;
  await giveBack(trx, context, purse, order, `release:${hold.id}`, held);
  await trx
    .updateTable('hold')
    .set({
      released: hold.released + held,
      state: held > 0n || hold.amount === 0n ? 'released' : 'captured',
      empty_since: null,
      closed_at: context.clock.now(),
    })
    .where('id', '=', hold.id)
    .execute();
  return held;
}

export interface Hold {
  id: string;
  clusterId: string;
  currency: 'USD' | 'SIM';
  /** What is set aside now. */
  heldMicroUsd: bigint;
  /** What is to be set aside: the price of an hour. */
  reserveMicroUsd: bigint;
  createdAt: Date;
}

/** What the actor's organization has set aside for its live clusters, newest first. */
export async function listHolds({ db }: Context, actor: Actor): Promise<Hold[]> {
  return db
    .selectFrom('hold')
    .where('organization_id', '=', actor.organizationId)
    .where('state', '=', 'pending')
    .orderBy('id', 'desc')
    .select(['id', 'cluster_id as clusterId', 'currency', 'reserve as reserveMicroUsd', 'created_at as createdAt'])
    .select(held.as('heldMicroUsd'))
    .execute();
}

/** What is set aside for a cluster now; the caller has checked whose it is. */
export async function heldFor(db: Kysely<Database>, clusterId: string): Promise<bigint> {
  const hold = await db
    .selectFrom('hold')
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'pending')
    .select(held.as('held'))
    .executeTakeFirst();
  return hold?.held ?? 0n;
}

const held = sql<bigint>`amount - captured - released`;

type LivePurse = Purse & { hold: Selectable<HoldTable> };

/** What a cluster with a live hold has, under its locks. */
async function livePurse(trx: Transaction<Database>, clusterId: string): Promise<LivePurse | undefined> {
  const read = await trx
    .selectFrom('hold')
    .select(['organization_id', 'currency'])
    .where('cluster_id', '=', clusterId)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  if (!read) return undefined;
  const purse = await lockPurse(trx, { clusterId, organizationId: read.organization_id, currency: read.currency });
  return purse.hold && { ...purse, hold: purse.hold };
}

async function giveBack(
  trx: Transaction<Database>,
  context: Context,
  { hold, balanceAccount, holdAccount }: LivePurse,
  { clusterId, actorId }: { clusterId: string; actorId: string },
  reference: string,
  amount: bigint,
): Promise<void> {
  if (amount === 0n) return;
  await transfer(trx, context, {
    reference,
    kind: 'release',
    description: `What was set aside for ${clusterId}, given back`,
    actorId,
    clusterId,
    currency: hold.currency,
    entries: [
      { account: holdAccount!, amount: -amount },
      { account: balanceAccount!, amount },
    ],
  });
}

async function setAside(
  trx: Transaction<Database>,
  context: Context,
  order: Omit<NewHold, 'actorId'>,
  reference: string,
  description: string,
  actorId: string,
): Promise<void> {
  const { clusterId, organizationId, currency, amount } = order;
  await ensureAccounts(trx, context, [
    { organizationId, kind: 'balance', currency },
    { organizationId, kind: 'hold', currency },
  ]);
  const { balance, balanceAccount, holdAccount } = await lockPurse(trx, { clusterId, organizationId, currency });
  if (currency !== 'SIM' && balance < amount) throw notCovered(amount, balance, currency);
  if (amount === 0n) return;
  await transfer(trx, context, {
    reference,
    kind: 'hold',
    description,
    actorId,
    clusterId,
    currency,
    entries: [
      { account: balanceAccount!, amount: -amount },
      { account: holdAccount!, amount },
    ],
  });
}

function notCovered(amount: bigint, balance: bigint, currency: Currency): DomainError {
  const missing = amount - balance;
  return new DomainError(
    'insufficient_funds',
    `One hour costs ${formatMicro(amount)} ${currency} and the balance is ${formatMicro(balance)} ${currency}: ${formatMicro(missing)} ${currency} are missing.`,
    {
      fix: 'Ask an operator for credit, or ask for fewer or cheaper workers.',
      details: {
        requiredMicroUsd: amount.toString(),
        balanceMicroUsd: balance.toString(),
        missingMicroUsd: missing.toString(),
      },
    },
  );
}

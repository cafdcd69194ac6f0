/** Balances: what an organization has, how long it lasts, and what happens when it runs out. */
import { type Currency, formatMicro, hourMs, minuteMs } from '@muster/common';
import { type BalanceWarningTable, type Context, type Database, type Kysely, sql, type Transaction } from '@muster/db';
import { appendEvent } from '@muster/events';
import { spendRates } from '@muster/metering';
import { type Burner, runway } from './runway.ts';

export interface Balance {
  currency: Currency;
  /** What can be spent; below zero only in simulated currency. */
  balanceMicroUsd: bigint;
  /** Set aside for clusters that live. */
  heldMicroUsd: bigint;
  /** What the clusters that run cost together. */
  burnMicroUsdPerHour: bigint;
  /** When the first cluster can no longer be paid at this rate; null when nothing burns it. */
  lastsUntil: Date | null;
}

/** An organization's money in one currency. */
export async function balanceOf(
  context: Context,
  organizationId: string,
  currency: 'USD' | 'SIM' = 'USD',
): Promise<Balance> {
  const purse = (await readPurses(context.db, currency, organizationId)).get(organizationId);
  const lasts = currency === 'SIM' ? undefined : shortest(purse);
  return {
    currency,
    balanceMicroUsd: purse?.balance ?? 0n,
    heldMicroUsd: purse?.held ?? 0n,
    burnMicroUsdPerHour: sum(purse?.burners.map((burner) => burner.rateMicroUsdPerHour) ?? []),
    lastsUntil: lasts === undefined ? null : new Date(context.clock.now().getTime() + lasts),
  };
}

/** A cluster whose money ends: it is stopped when the grace is over. */
export interface EmptyBalance {
  organizationId: string;
  clusterId: string;
  graceUntil: Date;
}

const graceMs = 5 * minuteMs;
/** The grace begins while the hold still pays for it, for one tick, and for the stop itself. */
const reserveMs = graceMs + 2 * minuteMs;

type Stage = BalanceWarningTable['stage'];
/** Mildest first. */
const stages: [Stage, number][] = [
  ['24h', 24 * hourMs],
  ['6h', 6 * hourMs],
  ['1h', hourMs],
  ['empty', reserveMs],
];

/**
 * The tick of balances: warns once per stage (24 h, 6 h, 1 h, empty), forgets stages that a payment has undone, and says
 * which clusters can no longer be paid. It may be called at any time by any number of processes.
 *
 * @returns every cluster that is in its grace now, each time until it ends or is paid for again: whoever acts on it
 *   starts the grace of those named, stops those whose grace is over, and ends the grace of all others
 */
export async function runBalances(context: Context): Promise<EmptyBalance[]> {
  const purses = await readPurses(context.db, 'USD');
  const warned = await context.db.selectFrom('balance_warning').selectAll().execute();
  const worst = new Map<string, number>();
  for (const { organization_id, stage } of warned)
    worst.set(organization_id, Math.max(worst.get(organization_id) ?? -1, severity(stage)));
  for (const organizationId of new Set([...purses.keys(), ...worst.keys()])) {
    const purse = purses.get(organizationId);
    const lasts = shortest(purse);
    const now = lasts === undefined ? -1 : stages.findLastIndex(([, below]) => lasts <= below);
    const before = worst.get(organizationId) ?? -1;
    if (now === before) continue;
    await context.db.transaction().execute(async (trx) => {
      if (now > before) await warn(trx, context, organizationId, stages.slice(0, now + 1), purse!, lasts!);
      else await forget(trx, organizationId, stages.slice(now + 1));
    });
  }
  return markEmpty(context, purses);
}

function severity(stage: Stage): number {
  return stages.findIndex(([name]) => name === stage);
}

/** Notes the stages and tells of the last of them; only the process whose note is the first tells. */
async function warn(
  trx: Transaction<Database>,
  context: Context,
  organizationId: string,
  reached: [Stage, number][],
  purse: OrganizationPurse,
  lasts: number,
): Promise<void> {
  const at = context.clock.now();
  const noted = await trx
    .insertInto('balance_warning')
    .values(reached.map(([stage]) => ({ organization_id: organizationId, stage, at })))
    .onConflict((conflict) => conflict.doNothing())
    .returning('stage')
    .execute();
  const [stage] = reached.at(-1)!;
  if (!noted.some((row) => row.stage === stage)) return;
  const rate = formatMicro(sum(purse.burners.map((burner) => burner.rateMicroUsdPerHour)));
  const lastsUntil = new Date(at.getTime() + lasts).toISOString();
  await appendEvent(trx, context, {
    organizationId,
    subject: { kind: 'organization', id: organizationId },
    type: stage === 'empty' ? 'balance_empty' : 'balance_low',
    actorId: 'system:billing',
    reason:
      stage === 'empty'
        ? `The balance is used up at ${rate} USD per hour. Clusters stop in 5 minutes unless credit is added.`
        : `At ${rate} USD per hour the balance lasts less than ${stage.replace('h', ' h')}: until ${lastsUntil}.`,
    body: { stage, lastsUntil, balanceMicroUsd: purse.balance.toString(), heldMicroUsd: purse.held.toString() },
  });
}

async function forget(trx: Transaction<Database>, organizationId: string, undone: [Stage, number][]): Promise<void> {
  await trx
    .deleteFrom('balance_warning')
    .where('organization_id', '=', organizationId)
    .where(
      'stage',
      'in',
      undone.map(([stage]) => stage),
    )
    .execute();
}

/** Keeps on each hold since when its cluster's money ends, so that a restart does not begin the grace anew. */
async function markEmpty(context: Context, purses: Map<string, OrganizationPurse>): Promise<EmptyBalance[]> {
  const empty = [...purses.values()].flatMap((purse) =>
    [...runway(purse.balance, purse.burners)].filter(([, lasts]) => lasts <= reserveMs).map(([clusterId]) => clusterId),
  );
  const { rows } = await sql<{ organization_id: string; cluster_id: string; empty_since: Date | null }>`
    update hold
    set empty_since = case when cluster_id = any(${empty}::text[]) then coalesce(empty_since, ${context.clock.now()}) end
    where state = 'pending' and (cluster_id = any(${empty}::text[]) or empty_since is not null)
    returning organization_id, cluster_id, empty_since`.execute(context.db);
  return rows
    .filter((row) => row.empty_since !== null)
    .map((row) => ({
      organizationId: row.organization_id,
      clusterId: row.cluster_id,
      graceUntil: new Date(row.empty_since!.getTime() + graceMs),
    }));
}

interface OrganizationPurse {
  balance: bigint;
  held: bigint;
  burners: Burner[];
}

function shortest(purse: OrganizationPurse | undefined): number | undefined {
  const lasts = purse ? [...runway(purse.balance, purse.burners).values()] : [];
  return lasts.length === 0 ? undefined : Math.min(...lasts);
}

/** The money of every organization that burns some, or of one. */
async function readPurses(
  db: Kysely<Database>,
  currency: 'USD' | 'SIM',
  organizationId?: string,
): Promise<Map<string, OrganizationPurse>> {
  const rates = (await spendRates(db, organizationId)).filter((rate) => rate.currency === currency);
  const organizations = organizationId ? [organizationId] : [...new Set(rates.map((rate) => rate.organizationId))];
  const accounts = await db
    .selectFrom('ledger_account')
    .select(['organization_id', 'kind', 'balance'])
    .where(sql<string>`coalesce(organization_id, '')`, '=', sql<string>`any(${organizations})`)
    .where('kind', 'in', ['balance', 'hold'])
    .where('currency', '=', currency)
    .execute();
  const holds = await db
    .selectFrom('hold')
    .select(['cluster_id', sql<bigint>`amount - captured - released`.as('held')])
    .where('state', '=', 'pending')
    .where('cluster_id', '=', sql<string>`any(${rates.map((rate) => rate.clusterId)})`)
    .execute();
  const held = new Map(holds.map((hold) => [hold.cluster_id, hold.held]));
  return new Map(
    organizations.map((id) => {
      const of = (kind: string) =>
        accounts.find((account) => account.organization_id === id && account.kind === kind)?.balance ?? 0n;
      const burners = rates
        .filter((rate) => rate.organizationId === id)
        .map((rate) => ({ ...rate, held: held.get(rate.clusterId) ?? 0n }));
      return [id, { balance: of('balance'), held: of('hold'), burners }];
    }),
  );
}

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

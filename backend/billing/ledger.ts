/** The double-entry ledger: accounts, and the one function that moves money between them. */
import { type AccountKind, type Currency, DomainError } from '@muster/common';
import { type Context, type Database, sql, type Transaction, violates } from '@muster/db';

export interface AccountName {
  /** null is the platform's own. */
  organizationId: string | null;
  kind: AccountKind;
  currency: Currency;
}

/** Money that comes from outside comes through these; they have no floor, as nothing simulated has. */
const withoutFloor: AccountKind[] = ['grant', 'deposit', 'payout'];

function floorOf({ kind, currency }: AccountName): bigint | null {
  return withoutFloor.includes(kind) || (currency === 'SIM' && kind === 'balance') ? null : 0n;
}

/**
 * The accounts of these names, in their order; those that are not there yet are opened.
 *
 * @throws DomainError `not_found` when an organization does not exist
 */
export async function ensureAccounts(
  trx: Transaction<Database>,
  context: Context,
  names: AccountName[],
): Promise<string[]> {
  const found = await findAccounts(trx, names);
  const missing = names.filter((_, index) => found[index] === null);
  if (missing.length === 0) return found as string[];
  try {
    await trx
      .insertInto('ledger_account')
      .values(
        missing.map((name) => ({
          id: context.ids.next('account'),
          organization_id: name.organizationId,
          kind: name.kind,
          currency: name.currency,
          floor: floorOf(name),
          created_at: context.clock.now(),
        })),
      )
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  } catch (error) {
    if (violates(error, 'ledger_account_organization_id_fkey'))
      throw new DomainError('not_found', 'There is no such organization.', { cause: error });
    throw error;
  }
  return (await findAccounts(trx, names)) as string[];
}

/** The account of this name, opened when it is not there yet. */
export async function ensureAccount(
  trx: Transaction<Database>,
  context: Context,
  organizationId: string | null,
  kind: AccountKind,
  currency: Currency,
): Promise<string> {
  const [id] = await ensureAccounts(trx, context, [{ organizationId, kind, currency }]);
  return id!;
}

async function findAccounts(trx: Transaction<Database>, names: AccountName[]): Promise<(string | null)[]> {
  const { rows } = await sql<{ id: string | null }>`
    select account.id
    from unnest(${names.map((name) => name.organizationId ?? '')}::text[], ${names.map((name) => name.kind)}::text[],
      ${names.map((name) => name.currency)}::text[]) with ordinality as wanted (organization_id, kind, currency, position)
    left join ledger_account as account
      on coalesce(account.organization_id, '') = wanted.organization_id
      and account.kind = wanted.kind and account.currency = wanted.currency
    order by position`.execute(trx);
  return rows.map((row) => row.id);
}

export interface Entry {
  account: string;
  /** Positive raises the account's balance. */
  amount: bigint;
}

export interface Transfer {
  /** What it is for, once and for ever, such as `hold:hol_…`. */
  reference: string;
  kind: 'credit' | 'hold' | 'release' | 'usage';
  description: string;
  actorId: string;
  clusterId?: string;
  currency: Currency;
  /** They sum to zero. */
  entries: Entry[];
}

export interface Posted {
  id: string;
  /** False when the reference had been posted before, and nothing changed now. */
  fresh: boolean;
}

/**
 * Moves money. Posting the same transfer again returns the first one and changes nothing. One round trip: accounts are
 * locked in the order of their ids, so transfers never lock each other out.
 *
 * @throws DomainError `insufficient_funds` when an account would fall below its floor
 * @throws DomainError `idempotency_conflict` when the reference belongs to another transfer
 * @throws RangeError when the entries do not sum to zero, or none is left
 */
export async function transfer(trx: Transaction<Database>, context: Context, order: Transfer): Promise<Posted> {
  const amounts = netted(order.entries);
  const accounts = [...amounts.keys()].sort();
  const id = context.ids.next('transaction');
  try {
    const { rows } = await sql<{ id: string }>`
      with posted as (
        insert into ledger_transaction (id, reference, kind, description, actor_id, cluster_id, at)
        values (${id}, ${order.reference}, ${order.kind}, ${order.description}, ${order.actorId}, ${order.clusterId ?? null},
          ${context.clock.now()})
        on conflict (reference) do nothing
        returning id
      ), entries as (
        insert into ledger_entry (transaction_id, account_id, amount, currency)
        select posted.id, entry.account, entry.amount, ${order.currency}
        from posted, unnest(${accounts}::text[], ${accounts.map((account) => amounts.get(account))}::bigint[])
          with ordinality as entry (account, amount, position)
        order by position
      )
      select id from posted`.execute(trx);
    if (rows[0]) return { id, fresh: true };
  } catch (error) {
    if (violates(error, 'balance_above_floor'))
      throw new DomainError('insufficient_funds', 'The balance does not cover it.', { cause: error });
    throw error;
  }
  return { id: await postedBefore(trx, order, amounts), fresh: false };
}

/** One amount per account, without zeros. */
function netted(entries: Entry[]): Map<string, bigint> {
  const amounts = new Map<string, bigint>();
  for (const { account, amount } of entries) amounts.set(account, (amounts.get(account) ?? 0n) + amount);
  for (const [account, amount] of amounts) if (amount === 0n) amounts.delete(account);
  if (amounts.size === 0) throw new RangeError('A transfer moves something.');
  if ([...amounts.values()].reduce((sum, amount) => sum + amount, 0n) !== 0n)
    throw new RangeError('The entries of a transfer sum to zero.');
  return amounts;
}

async function postedBefore(
  trx: Transaction<Database>,
  order: Transfer,
  amounts: Map<string, bigint>,
): Promise<string> {
  const rows = await trx
    .selectFrom('ledger_transaction')
    .innerJoin('ledger_entry', 'ledger_entry.transaction_id', 'ledger_transaction.id')
    .where('reference', '=', order.reference)
    .select(['ledger_transaction.id', 'kind', 'account_id', 'amount', 'currency'])
    .execute();
  const same =
    rows.length === amounts.size &&
    rows.every(
      (row) => row.kind === order.kind && row.currency === order.currency && amounts.get(row.account_id) === row.amount,
    );
  if (!same)
    throw new DomainError('idempotency_conflict', `"${order.reference}" stands for another transfer already.`, {
      fix: 'Use another reference.',
    });
  return rows[0]!.id;
}

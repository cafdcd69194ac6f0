/** Invariants 5 and 6 over the live database, and that windows, ledger, holds and invoices tell the same. */
import { type Database, type Kysely, sql } from '@muster/db';
import type { Offence } from '@muster/metering';
import { usageOf } from '@muster/metering';

/**
 * Rows that break invariant 5 or 6: transactions that do not sum to zero, balances that are not the sum of their entries or
 * are below their floor, holds that their account does not cover.
 */
export async function checkLedger(db: Kysely<Database>): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select transaction_id as id, 'sums to ' || sum(amount) || ' ' || currency as sentence
      from ledger_entry group by transaction_id, currency having sum(amount) <> 0
    union all
    select transaction.id, 'has no entries' from ledger_transaction as transaction
      where not exists (select from ledger_entry where transaction_id = transaction.id)
    union all
    select account.id, 'holds ' || account.balance || ', but its entries sum to ' || coalesce(sum(entry.amount), 0)
      from ledger_account as account left join ledger_entry as entry on entry.account_id = account.id
      group by account.id having account.balance <> coalesce(sum(entry.amount), 0)
    union all
    select id, 'is below its floor: ' || balance from ledger_account where balance < floor
    union all
    select account.id, 'holds ' || account.balance || ', but live holds sum to ' || coalesce(sum(hold.amount - hold.captured - hold.released), 0)
      from ledger_account as account
      left join hold on hold.organization_id = account.organization_id and hold.currency = account.currency and hold.state = 'pending'
      where account.kind = 'hold'
      group by account.id having account.balance <> coalesce(sum(hold.amount - hold.captured - hold.released), 0)
    union all
    select entry.transaction_id, 'moves simulated currency into a real account' from ledger_entry as entry
      join ledger_account as account on account.id = entry.account_id where account.currency <> entry.currency`.execute(
    db,
  );
  return rows;
}

/** Bills whose total is not the sum of their windows, or not what the ledger took for the cluster (invariant 7). */
export async function checkInvoices(db: Kysely<Database>): Promise<Offence[]> {
  const invoices = await db.selectFrom('invoice').select(['id', 'cluster_id', 'total']).execute();
  const offences: Offence[] = [];
  for (const { id, cluster_id, total } of invoices) {
    const metered = (await usageOf(db, cluster_id)).reduce((sum, line) => sum + line.charge, 0n);
    const taken = await takenFor(db, cluster_id);
    if (metered !== total || taken !== total)
      offences.push({ id, sentence: `bills ${total}, its windows cost ${metered}, and the ledger took ${taken}` });
  }
  return offences;
}

/** What the ledger took from the customer for a cluster: its refills of the hold moved nothing out of the purse. */
async function takenFor(db: Kysely<Database>, clusterId: string): Promise<bigint> {
  const row = await db
    .selectFrom('ledger_entry as entry')
    .innerJoin('ledger_transaction as transaction', 'transaction.id', 'entry.transaction_id')
    .innerJoin('ledger_account as account', 'account.id', 'entry.account_id')
    .where('transaction.cluster_id', '=', clusterId)
    .where('transaction.kind', '=', 'usage')
    .where('account.kind', 'in', ['balance', 'hold'])
    .select(sql<bigint>`coalesce(-sum(entry.amount), 0)::bigint`.as('taken'))
    .executeTakeFirstOrThrow();
  return row.taken;
}

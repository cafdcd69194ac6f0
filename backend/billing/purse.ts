/** The purse of a cluster: its organization's balance, and the hold that pays when the balance is empty. */
import { type Database, type HoldTable, type Selectable, sql, type Transaction } from '@muster/db';
import type { Payer } from '@muster/metering';

/** As the unique index has it: the platform's own accounts have no organization. */
const owner = sql<string>`coalesce(organization_id, '')`;

export interface Purse {
  /** Accounts of the organization; absent when it never had one. */
  balanceAccount: string | undefined;
  holdAccount: string | undefined;
  balance: bigint;
  hold: Selectable<HoldTable> | undefined;
  /** What is left of the hold. */
  held: bigint;
}

/**
 * Reads and locks what can pay for a cluster until the transaction ends.
 *
 * Everything that moves a customer's money locks these two accounts first, and what goes on to pay suppliers locks the
 * platform's fee account next: whoever has that may pay in any order, so no two transactions lock each other out.
 */
export async function lockPurse(
  trx: Transaction<Database>,
  payer: Payer,
  also: { fee: boolean } = { fee: false },
): Promise<Purse> {
  const accounts = await trx
    .selectFrom('ledger_account')
    .select(['id', 'kind', 'balance'])
    .where('currency', '=', payer.currency)
    .where(({ eb, or, and }) =>
      or([
        and([eb(owner, '=', payer.organizationId), eb('kind', 'in', ['balance', 'hold'])]),
        ...(also.fee ? [and([eb(owner, '=', ''), eb('kind', '=', 'fee')])] : []),
      ]),
    )
    .orderBy(sql`kind = 'fee'`)
    .orderBy('id')
    .forUpdate()
    .execute();
  const hold = await trx
    .selectFrom('hold')
    .selectAll()
    .where('cluster_id', '=', payer.clusterId)
    .where('state', '=', 'pending')
    .executeTakeFirst();
  const balance = accounts.find((account) => account.kind === 'balance');
  return {
    balanceAccount: balance?.id,
    holdAccount: accounts.find((account) => account.kind === 'hold')?.id,
    balance: balance?.balance ?? 0n,
    hold,
    held: hold ? hold.amount - hold.captured - hold.released : 0n,
  };
}

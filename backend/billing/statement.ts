/** The ledger as it is read: entry by entry, newest first. */
import type { AccountKind, Actor, Currency } from '@muster/common';
import type { Context } from '@muster/db';
import { decodeSequence, type Page, type PageRequest, pageOf } from '@muster/events';

export interface LedgerEntry {
  id: string;
  transactionId: string;
  kind: string;
  description: string;
  account: AccountKind;
  /** null is the platform's own. */
  organizationId: string | null;
  /** Positive raises the account. */
  amountMicroUsd: bigint;
  currency: Currency;
  clusterId: string | null;
  at: Date;
}

export interface LedgerFilter {
  clusterId?: string | undefined;
  currency?: Currency | undefined;
}

/** The entries of the actor's organization: balance, hold and earning. */
export async function listLedger(
  context: Context,
  actor: Actor,
  page: PageRequest & LedgerFilter,
): Promise<Page<LedgerEntry>> {
  return searchLedger(context, { ...page, organizationId: actor.organizationId });
}

/** The entries of everyone, the platform's too. For operators. */
export async function searchLedger(
  context: Context,
  page: PageRequest &
    LedgerFilter & {
      organizationId?: string | undefined;
      kind?: string | undefined;
      reference?: string | undefined;
      transactionId?: string | undefined;
    },
): Promise<Page<LedgerEntry>> {
  let query = context.db
    .selectFrom('ledger_entry as entry')
    .innerJoin('ledger_transaction as transaction', 'transaction.id', 'entry.transaction_id')
    .innerJoin('ledger_account as account', 'account.id', 'entry.account_id');
  if (page.cursor) query = query.where('entry.id', '<', decodeSequence(page.cursor));
  if (page.organizationId) query = query.where('account.organization_id', '=', page.organizationId);
  if (page.clusterId) query = query.where('transaction.cluster_id', '=', page.clusterId);
  if (page.currency) query = query.where('entry.currency', '=', page.currency);
  if (page.kind) query = query.where('transaction.kind', '=', page.kind);
  if (page.reference) query = query.where('transaction.reference', '=', page.reference);
  if (page.transactionId) query = query.where('transaction.id', '=', page.transactionId);
  const rows = await query
    .orderBy('entry.id', 'desc')
    .limit(page.limit + 1)
    .select(['entry.id', 'entry.transaction_id', 'entry.amount', 'entry.currency'])
    .select(['transaction.kind', 'transaction.description', 'transaction.cluster_id', 'transaction.at'])
    .select(['account.kind as account', 'account.organization_id'])
    .execute();
  return pageOf(
    rows,
    page.limit,
    (row) => row.id,
    (row) => ({
      id: row.id.toString(),
      transactionId: row.transaction_id,
      kind: row.kind,
      description: row.description,
      account: row.account,
      organizationId: row.organization_id,
      amountMicroUsd: row.amount,
      currency: row.currency,
      clusterId: row.cluster_id,
      at: row.at,
    }),
  );
}

/** Credits: what an operator gives an organization to spend. */
import { type Actor, DomainError, formatMicro } from '@muster/common';
import type { Context } from '@muster/db';
import { appendEvent } from '@muster/events';
import { ensureAccounts, transfer } from './ledger.ts';

export interface Credit {
  transactionId: string;
  organizationId: string;
  amountMicroUsd: bigint;
  /** The balance after it. */
  balanceMicroUsd: bigint;
}

export interface NewCredit {
  organizationId: string;
  /** Positive. */
  amountMicroUsd: bigint;
  /** What it is for, once: the same reference credits nothing a second time. */
  reference: string;
  description?: string;
}

/**
 * Adds credit to an organization's balance. For operators.
 *
 * @throws DomainError `not_found` for an unknown organization, `idempotency_conflict` when the reference stands for
 *   another credit, `invalid_request` when the amount is not positive
 */
export async function grantCredit(context: Context, actor: Actor, credit: NewCredit): Promise<Credit> {
  const { organizationId, amountMicroUsd } = credit;
  if (amountMicroUsd <= 0n) throw new DomainError('invalid_request', 'A credit is more than nothing.');
  return context.db.transaction().execute(async (trx) => {
    const [balance, grant] = await ensureAccounts(trx, context, [
      { organizationId, kind: 'balance', currency: 'USD' },
      { organizationId: null, kind: 'grant', currency: 'USD' },
    ]);
    const posted = await transfer(trx, context, {
      reference: `credit:${credit.reference}`,
      kind: 'credit',
      description: credit.description ?? `Credit ${credit.reference}`,
      actorId: actor.id,
      currency: 'USD',
      entries: [
        { account: grant!, amount: -amountMicroUsd },
        { account: balance!, amount: amountMicroUsd },
      ],
    });
    if (posted.fresh)
      await appendEvent(trx, context, {
        organizationId,
        subject: { kind: 'organization', id: organizationId },
        type: 'credited',
        actorId: actor.id,
        reason: `${formatMicro(amountMicroUsd)} USD of credit were added.`,
        body: { transactionId: posted.id, amountMicroUsd: amountMicroUsd.toString() },
      });
    const account = await trx
      .selectFrom('ledger_account')
      .select('balance')
      .where('id', '=', balance!)
      .executeTakeFirstOrThrow();
    return { transactionId: posted.id, organizationId, amountMicroUsd, balanceMicroUsd: account.balance };
  });
}

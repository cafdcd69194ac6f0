/** Paying for usage windows: the customer's balance, then its hold; the suppliers' earnings and the platform's fee. */
import { DomainError, formatMicro } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import type { Payer, Settlement, Usage } from '@muster/metering';
import { type Entry, ensureAccounts, transfer } from './ledger.ts';
import { lockPurse } from './purse.ts';

/** What metering calls to have windows paid. */
export const settlement: Settlement = { funds, charge };

async function funds(trx: Transaction<Database>, payer: Payer): Promise<bigint | null> {
  if (payer.currency === 'SIM') return null;
  const { balance, held } = await lockPurse(trx, payer);
  return balance + held;
}

async function charge(trx: Transaction<Database>, context: Context, usage: Usage): Promise<string> {
  const { clusterId, organizationId, currency } = usage;
  const names = [
    { organizationId, kind: 'balance' as const, currency },
    { organizationId, kind: 'hold' as const, currency },
    { organizationId: null, kind: 'fee' as const, currency },
    ...usage.earnings.map((earning) => ({
      organizationId: earning.supplierOrganizationId,
      kind: 'earning' as const,
      currency,
    })),
  ];
  const [balanceAccount, holdAccount, feeAccount, ...earningAccounts] = await ensureAccounts(trx, context, names);
  const { balance, held, hold } = await lockPurse(trx, usage, { fee: true });
  const fromBalance = currency === 'SIM' || balance >= usage.charge ? usage.charge : balance;
  const fromHold = usage.charge - fromBalance;
  if (fromHold > held) throw new DomainError('insufficient_funds', `Nothing is left to pay for ${clusterId}.`);
  const refill = hold && currency !== 'SIM' ? least(hold.reserve - held, balance - fromBalance) : 0n;
  const entries: Entry[] = [
    { account: balanceAccount!, amount: -fromBalance - refill },
    { account: holdAccount!, amount: refill - fromHold },
    { account: feeAccount!, amount: usage.fee },
    ...usage.earnings.map(({ amount }, index) => ({ account: earningAccounts[index]!, amount })),
  ];
  const { id } = await transfer(trx, context, {
    reference: usage.reference,
    kind: 'usage',
    description: `${clusterId} from ${usage.from.toISOString()} to ${usage.to.toISOString()}: ${formatMicro(usage.charge)} ${currency}`,
    actorId: 'system:metering',
    clusterId,
    currency,
    entries,
  });
  if (hold && (fromHold > 0n || refill > 0n))
    await trx
      .updateTable('hold')
      .set({ captured: hold.captured + fromHold, amount: hold.amount + refill })
      .where('id', '=', hold.id)
      .execute();
  return id;
}

/** The smaller of two amounts, but nothing when either is negative. */
function least(left: bigint, right: bigint): bigint {
  const smaller = left < right ? left : right;
  return smaller > 0n ? smaller : 0n;
}

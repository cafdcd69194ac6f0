import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isDomainError } from '@muster/common';
import fc from 'fast-check';
import { balanceOf, checkLedger, ensureAccount, grantCredit, searchLedger, transfer } from './index.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ max: 16 });
});
afterAll(() => world.database.drop());

const balances = async (accounts: string[]) => {
  const rows = await world.context.db.selectFrom('ledger_account').select(['id', 'balance']).execute();
  return accounts.map((account) => rows.find((row) => row.id === account)!.balance);
};

/** Three organizations' balances and the account that money comes from. */
async function accounts(credits: bigint[]): Promise<string[]> {
  return Promise.all(
    credits.map(async (credit) => {
      const organizationId = await world.organization(credit);
      return world.transaction((trx) => ensureAccount(trx, world.context, organizationId, 'balance', 'USD'));
    }),
  );
}

let run = 0;

describe('the ledger', () => {
  test('invariants 5 and 6: under concurrent transfers money is neither made nor lost, and no balance goes below its floor', async () => {
    const transfers = fc.array(
      fc.record({ from: fc.nat(3), to: fc.nat(3), amount: fc.bigInt({ min: 1n, max: 60n }) }),
      { minLength: 10, maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt({ min: 1n, max: 100n }), { minLength: 4, maxLength: 4 }),
        transfers,
        async (credits, orders) => {
          const of = await accounts(credits);
          run += 1;
          const outcomes = await Promise.all(
            orders
              .filter(({ from, to }) => from !== to)
              .map(async ({ from, to, amount }, index) => {
                try {
                  await world.transaction((trx) =>
                    transfer(trx, world.context, {
                      reference: `test:${run}:${index}`,
                      kind: 'credit',
                      description: 'test',
                      actorId: 'system:test',
                      currency: 'USD',
                      entries: [
                        { account: of[from]!, amount: -amount },
                        { account: of[to]!, amount },
                      ],
                    }),
                  );
                  return { from, to, amount };
                } catch (error) {
                  if (!isDomainError(error, 'insufficient_funds')) throw error;
                  return undefined;
                }
              }),
          );
          const expected = [...credits];
          for (const done of outcomes)
            if (done) {
              expected[done.from]! -= done.amount;
              expected[done.to]! += done.amount;
            }
          const actual = await balances(of);
          expect(actual).toEqual(expected);
          for (const balance of actual) expect(balance).toBeGreaterThanOrEqual(0n);
        },
      ),
      { numRuns: 15 },
    );
    expect(await checkLedger(world.context.db)).toEqual([]);
  });

  test('a reference is posted once, however often and concurrently it is sent', async () => {
    const organizationId = await world.organization();
    const credit = { organizationId, amountMicroUsd: 5_000_000n, reference: 'invoice-77' };
    const credits = await Promise.all(
      Array.from({ length: 20 }, () => grantCredit(world.context, world.operator, credit)),
    );
    expect(new Set(credits.map((each) => each.transactionId)).size).toBe(1);
    expect((await balanceOf(world.context, organizationId)).balanceMicroUsd).toBe(5_000_000n);
    const events = await world.context.db
      .selectFrom('event')
      .selectAll()
      .where('subject_id', '=', organizationId)
      .execute();
    expect(events).toHaveLength(1);
  });

  test('a reference that stands for another transfer is refused', async () => {
    const organizationId = await world.organization();
    const credit = { organizationId, amountMicroUsd: 1n, reference: 'once' };
    await grantCredit(world.context, world.operator, credit);
    await expect(grantCredit(world.context, world.operator, { ...credit, amountMicroUsd: 2n })).rejects.toMatchObject({
      code: 'idempotency_conflict',
    });
  });

  test('credit for an organization that does not exist, or of nothing, is refused', async () => {
    const credit = { organizationId: 'org_nobody', amountMicroUsd: 1n, reference: 'nobody' };
    await expect(grantCredit(world.context, world.operator, credit)).rejects.toMatchObject({ code: 'not_found' });
    await expect(grantCredit(world.context, world.operator, { ...credit, amountMicroUsd: 0n })).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  test('entries that do not sum to zero never reach the database', async () => {
    const [one, other] = await accounts([10n, 10n]);
    const order = { kind: 'credit' as const, description: 'test', actorId: 'system:test', currency: 'USD' as const };
    const entries = [
      { account: one!, amount: -3n },
      { account: other!, amount: 2n },
    ];
    await expect(
      world.transaction((trx) => transfer(trx, world.context, { ...order, reference: 'unbalanced', entries })),
    ).rejects.toThrow(RangeError);
    expect((await searchLedger(world.context, { limit: 1, reference: 'unbalanced' })).items).toEqual([]);
  });

  test('a search pages through all entries, newest first, each once', async () => {
    const organizationId = await world.organization();
    for (const reference of ['a', 'b', 'c'])
      await grantCredit(world.context, world.operator, {
        organizationId,
        amountMicroUsd: 1n,
        reference: `page-${reference}`,
      });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await searchLedger(world.context, { limit: 2, organizationId, cursor });
      seen.push(...page.items.map((entry) => entry.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toHaveLength(3);
    expect(seen).toEqual([...seen].sort((left, right) => Number(right) - Number(left)));
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayMs, hourMs, minuteMs } from '@muster/common';
import { closeWindows } from '@muster/metering';
import { listHolds, releaseHold, settlement, spending } from './index.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
let customer: string;
/** Two clusters of the customer, another customer's, and a simulated one. */
let clusters: [one: string, two: string, other: string, simulated: string];
const usd = (amount: number) => BigInt(Math.round(amount * 1e6));
const began = new Date('2026-01-01T00:00:00Z');

beforeAll(async () => {
  world = await createWorld();
  customer = await world.organization(usd(1_000));
  const supplier = await world.organization();
  const other = await world.organization(usd(1_000));
  const order = { suppliers: [supplier], price: usd(6), devices: 2 };
  const made = [
    await world.run(customer, order),
    await world.run(customer, { ...order, suppliers: [supplier, supplier] }),
    await world.run(other, order),
    await world.run(customer, { ...order, simulated: true }),
  ];
  clusters = made.map(({ clusterId }) => clusterId) as typeof clusters;
  // Windows of 50 minutes: the second begins in the first hour and ends in the second.
  for (let window = 0; window < 4; window++) {
    world.context.clock.advance(50 * minuteMs);
    await closeWindows(world.context, settlement);
  }
});
afterAll(() => world.database.drop());

describe('spending', () => {
  test('is what the windows charged, each in the bucket in which it begins, by cluster', async () => {
    const [one, two, , simulated] = clusters;
    const items = await spending(world.context, world.actorOf(customer), { bucket: 'hour', clusterId: one });
    expect(items).toEqual([
      { at: began, clusterId: one, currency: 'USD', chargeMicroUsd: usd(20), deviceSeconds: 12_000 },
      {
        at: new Date(began.getTime() + hourMs),
        clusterId: one,
        currency: 'USD',
        chargeMicroUsd: usd(10),
        deviceSeconds: 6_000,
      },
      {
        at: new Date(began.getTime() + 2 * hourMs),
        clusterId: one,
        currency: 'USD',
        chargeMicroUsd: usd(10),
        deviceSeconds: 6_000,
      },
    ]);
    const days = await spending(world.context, world.actorOf(customer), { bucket: 'day' });
    const brief = days.map(({ clusterId, currency, chargeMicroUsd }) => [clusterId, currency, chargeMicroUsd]);
    expect(brief).toEqual(
      [
        [one, 'USD', usd(40)],
        [two, 'USD', usd(80)],
        [simulated, 'SIM', usd(40)],
      ].sort(),
    );
    const paid = await world.context.db
      .selectFrom('ledger_entry')
      .innerJoin('ledger_transaction', 'ledger_transaction.id', 'ledger_entry.transaction_id')
      .innerJoin('ledger_account', 'ledger_account.id', 'ledger_entry.account_id')
      .where('organization_id', '=', customer)
      .where('ledger_transaction.kind', '=', 'usage')
      .where('ledger_entry.currency', '=', 'USD')
      .select('amount')
      .execute();
    expect(paid.reduce((sum, { amount }) => sum - amount, 0n)).toBe(usd(120));
  });

  test('is of a span: its beginning is part of it, its end is not', async () => {
    const at = (minutes: number) => new Date(began.getTime() + minutes * minuteMs);
    const actor = world.actorOf(customer);
    const charged = async (from: Date, to: Date) =>
      (await spending(world.context, actor, { from, to, bucket: 'hour', clusterId: clusters[0] })).reduce(
        (sum, { chargeMicroUsd }) => sum + chargeMicroUsd,
        0n,
      );
    expect(await charged(at(50), at(100))).toBe(usd(10));
    expect(await charged(at(50), at(101))).toBe(usd(20));
    expect(await charged(at(51), at(100))).toBe(0n);
    const long = { from: new Date(began.getTime() - 50 * dayMs), to: at(1), bucket: 'hour' as const };
    await expect(spending(world.context, actor, long)).rejects.toMatchObject({ code: 'invalid_request' });
  });

  test("invariant 8: another organization's clusters are not in it, even by their id", async () => {
    const [one, , other] = clusters;
    const actor = world.actorOf(customer);
    expect(await spending(world.context, actor, { bucket: 'day', clusterId: other })).toEqual([]);
    const holds = await listHolds(world.context, actor);
    expect(holds.map(({ clusterId }) => clusterId)).toContain(one);
    expect(holds.map(({ clusterId }) => clusterId)).not.toContain(other);
  });
});

describe('holds', () => {
  test('are what is set aside for live clusters, newest first; one that was given back is none', async () => {
    const [one, two, , simulated] = clusters;
    const actor = world.actorOf(customer);
    const holds = await listHolds(world.context, actor);
    expect(holds.map(({ clusterId, currency, heldMicroUsd }) => [clusterId, currency, heldMicroUsd])).toEqual([
      [simulated, 'SIM', usd(12)],
      [two, 'USD', usd(24)],
      [one, 'USD', usd(12)],
    ]);
    expect(holds[1]).toMatchObject({ reserveMicroUsd: usd(24), createdAt: began });
    await world.transaction((trx) => releaseHold(trx, world.context, { clusterId: two, actorId: actor.id }));
    const left = await listHolds(world.context, actor);
    expect(left.map(({ clusterId }) => clusterId)).toEqual([simulated, one]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hourMs, minuteMs } from '@muster/common';
import { closeMeters, closeWindows, usageOf } from '@muster/metering';
import fc from 'fast-check';
import { balanceOf, grantCredit, releaseHold, runBalances, settlement } from './index.ts';
import { runway } from './runway.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.database.drop());

const usd = (amount: number) => BigInt(amount) * 1_000_000n;

/** Lets time pass with its ticks: metering and balances each minute. @returns what the last tick said of this cluster */
async function pass(minutes: number, clusterId: string) {
  let said: Awaited<ReturnType<typeof runBalances>> = [];
  for (let minute = 0; minute < minutes; minute++) {
    world.context.clock.advance(minuteMs);
    await closeWindows(world.context, settlement);
    said = await runBalances(world.context);
  }
  return said.find((each) => each.clusterId === clusterId);
}

const end = (clusterId: string) =>
  world.transaction(async (trx) => {
    await closeMeters(trx, world.context, settlement, { clusterId, at: world.context.clock.now() });
    await releaseHold(trx, world.context, { clusterId, actorId: 'system:test' });
  });

const stages = async (organizationId: string) => {
  const events = await world.context.db
    .selectFrom('event')
    .select('body')
    .where('subject_id', '=', organizationId)
    .where('type', 'like', 'organization.balance%')
    .orderBy('seq')
    .execute();
  return events.map((event) => event.body.stage);
};

describe('balances', () => {
  test('whoever covers exactly one hour runs, is warned, is stopped within that hour, and owes nothing', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(6));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(6) });
    expect(await pass(52, clusterId)).toBeUndefined();
    const grace = await pass(1, clusterId);
    expect(grace?.graceUntil).toEqual(new Date(world.context.clock.now().getTime() + 5 * minuteMs));
    expect(await pass(5, clusterId)).toEqual(grace);
    await end(clusterId);
    expect((await usageOf(world.context.db, clusterId))[0]).toMatchObject({ chargedMs: 58 * minuteMs, freeMs: 0 });
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(200_000n);
    expect(await stages(customer)).toEqual(['1h', 'empty']);
    expect(await runBalances(world.context)).toEqual([]);
  });

  test('each warning is given once, however many processes tick, and again after credit has undone it', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(26));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(1) });
    await Promise.all(Array.from({ length: 8 }, () => runBalances(world.context)));
    expect(await stages(customer)).toEqual([]);
    for (const hours of [3, 18]) {
      world.context.clock.advance(hours * hourMs);
      await closeWindows(world.context, settlement);
      await Promise.all(Array.from({ length: 8 }, () => runBalances(world.context)));
    }
    expect(await stages(customer)).toEqual(['24h', '6h']);
    await grantCredit(world.context, world.operator, {
      organizationId: customer,
      amountMicroUsd: usd(10),
      reference: 'again',
    });
    await runBalances(world.context);
    world.context.clock.advance(10 * hourMs);
    await closeWindows(world.context, settlement);
    await runBalances(world.context);
    expect(await stages(customer)).toEqual(['24h', '6h', '6h']);
    await end(clusterId);
  });

  test('credit during the grace ends it', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(6));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(6) });
    expect(await pass(54, clusterId)).toBeDefined();
    await grantCredit(world.context, world.operator, {
      organizationId: customer,
      amountMicroUsd: usd(6),
      reference: 'rescue',
    });
    expect(await pass(3, clusterId)).toBeUndefined();
    await end(clusterId);
  });

  test('another cluster never spends the reserve of one that runs', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(20));
    const first = await world.run(customer, { suppliers: [supplier], price: usd(10) });
    await world.run(customer, { suppliers: [supplier], price: usd(10) });
    const balance = await balanceOf(world.context, customer);
    expect(balance).toMatchObject({ balanceMicroUsd: 0n, heldMicroUsd: usd(20), burnMicroUsdPerHour: usd(20) });
    expect(balance.lastsUntil).toEqual(new Date(world.context.clock.now().getTime() + hourMs));
    expect(await pass(50, first.clusterId)).toBeUndefined();
  });

  test('the runway is what a simulation of the spending gives, to the second', () => {
    const burner = fc.record({ rate: fc.integer({ min: 1, max: 50 }), held: fc.integer({ min: 0, max: 5_000 }) });
    fc.assert(
      fc.property(fc.nat(20_000), fc.array(burner, { minLength: 1, maxLength: 5 }), (balance, burners) => {
        // In units where the rate is per second.
        const lasts = runway(
          BigInt(balance),
          burners.map(({ rate, held }, index) => ({
            clusterId: String(index),
            rateMicroUsdPerHour: BigInt(rate * 3600),
            held: BigInt(held),
          })),
        );
        const together = burners.reduce((sum, { rate }) => sum + rate, 0);
        burners.forEach(({ rate, held }, index) => {
          const seconds = balance / together + held / rate;
          expect(Math.abs(lasts.get(String(index))! / 1000 - seconds)).toBeLessThan(0.01);
        });
      }),
    );
  });
});

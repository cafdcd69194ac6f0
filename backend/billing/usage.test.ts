import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { charge, hourMs, type Ids, mulDiv } from '@muster/common';
import {
  checkWindows,
  closeMeters,
  closeWindows,
  openMeters,
  resumeMeters,
  suspendMeters,
  usageOf,
  windowsOf,
} from '@muster/metering';
import fc from 'fast-check';
import {
  balanceOf,
  checkInvoices,
  checkLedger,
  earnings,
  extendHold,
  getInvoice,
  grantCredit,
  holdForCluster,
  invoiceLinesCsv,
  issueInvoice,
  listInvoices,
  listLedger,
  rederive,
  releaseHold,
  settlement,
} from './index.ts';
import { createWorld, type World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld({ max: 16 });
});
afterAll(() => world.database.drop());

const usd = (amount: number) => BigInt(Math.round(amount * 1e6));

/** Ends a cluster as the clusters domain does: meters, hold and bill in one transaction. */
const end = (clusterId: string) =>
  world.transaction(async (trx) => {
    await closeMeters(trx, world.context, settlement, { clusterId, at: world.context.clock.now() });
    await releaseHold(trx, world.context, { clusterId, actorId: 'system:test' });
    return (await issueInvoice(trx, world.context, clusterId))!;
  });

/** Ids that fail at the n-th call: a process that dies between two statements. */
const dyingAfter = (calls: number): Ids => {
  let left = calls;
  return {
    next: (kind) => {
      if (left-- === 0) throw new Error('killed');
      return world.context.ids.next(kind);
    },
  };
};

const everythingHolds = async () => {
  const { db } = world.context;
  expect(await checkLedger(db)).toEqual([]);
  expect(await checkWindows(db)).toEqual([]);
  expect(await checkInvoices(db)).toEqual([]);
};

describe('paying for usage', () => {
  test('a cluster costs its price to the millisecond; its suppliers get all but the fee; the hold comes back', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(100));
    const { clusterId } = await world.run(customer, {
      suppliers: [supplier, supplier],
      price: usd(1.999999),
      devices: 8,
    });
    for (const ms of [61_001, 59_999, 120_000, 77]) {
      world.context.clock.advance(ms);
      await closeWindows(world.context, settlement);
    }
    const invoice = await end(clusterId);
    const each = charge(usd(1.999999), 8, 241_077);
    expect(invoice.totalMicroUsd).toBe(each * 2n);
    const balance = await balanceOf(world.context, customer);
    expect(balance).toMatchObject({
      balanceMicroUsd: usd(100) - invoice.totalMicroUsd,
      heldMicroUsd: 0n,
      lastsUntil: null,
    });
    const earned = await earnings(world.context, world.actorOf(supplier));
    expect(earned.totalMicroUsd).toBe(2n * (each - mulDiv(each, 200n, 10_000n)));
    expect(earned.items).toHaveLength(2);
    expect(earned.items[0]).toMatchObject({ day: '2026-01-01', currency: 'USD', deviceSeconds: 1928 });
    const [one] = earned.items;
    const ofOne = await earnings(world.context, world.actorOf(supplier), { workerId: one!.workerId });
    expect(ofOne).toEqual({ items: [one], totalMicroUsd: one!.earningMicroUsd });
    expect((await earnings(world.context, world.actorOf(customer), { workerId: one!.workerId })).items).toEqual([]);
    await everythingHolds();
  });

  test('invariant 7: whatever happens and whenever a process dies, windows meet, the bill is their sum, and anyone can derive it again', async () => {
    const step = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400_000 }) }),
      },
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('tick' as const), processes: fc.integer({ min: 1, max: 4 }) }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('die' as const), after: fc.nat(8) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('fault' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('mended' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('join' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const) }) },
    );
    const supplier = await world.organization();
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 25 }),
        fc.bigInt({ min: 1n, max: 40_000_000n }),
        fc.integer({ min: 0, max: 10_000 }),
        // From barely one hour to more than enough
        fc.bigInt({ min: 0n, max: 50_000_000n }),
        async (steps, price, feeBasisPoints, more) => {
          const customer = await world.organization(price * 2n + more);
          const order = { suppliers: [supplier, supplier], price, feeBasisPoints };
          const { clusterId, leases } = await world.run(customer, order);
          for (const step of steps) {
            if (step.do === 'wait') world.context.clock.advance(step.ms);
            else if (step.do === 'tick')
              await Promise.all(
                Array.from({ length: step.processes }, () => closeWindows(world.context, settlement, 0)),
              );
            else if (step.do === 'die')
              await closeWindows({ ...world.context, ids: dyingAfter(step.after) }, settlement, 0).catch(() => 0);
            else if (step.do === 'fault')
              await world.transaction((trx) => suspendMeters(trx, world.context, settlement, clusterId, 'A fault.'));
            else if (step.do === 'mended')
              await world.transaction((trx) => resumeMeters(trx, world.context, settlement, clusterId));
            else if (step.do === 'join') {
              const { leases: joined } = await world.cluster(customer, { ...order, suppliers: [supplier] });
              const moved = joined.map((lease) => ({ ...lease, clusterId, activeAt: world.context.clock.now() }));
              await world.transaction((trx) => openMeters(trx, moved));
            } else {
              const at = world.context.clock.now();
              await world.transaction((trx) =>
                closeMeters(trx, world.context, settlement, { clusterId, leaseIds: [leases[0]!.id], at }),
              );
            }
          }
          const invoice = await end(clusterId);
          const read = await getInvoice(world.context, world.actorOf(customer), invoice.id);
          expect(rederive(read)).toMatchObject({ equal: true, differences: [] });
          const { db } = world.context;
          expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(
            price * 2n + more - invoice.totalMicroUsd,
          );
          const open = await db.selectFrom('meter').selectAll().where('closed_at', 'is', null).execute();
          expect(open).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
    await everythingHolds();
  }, 120_000);

  test('a bill that was tampered with is found out, also as JSON', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(10));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(3) });
    world.context.clock.advance(100_000);
    await closeWindows(world.context, settlement);
    world.context.clock.advance(100_001);
    const { id } = await end(clusterId);
    const invoice = await getInvoice(world.context, world.actorOf(customer), id);
    const json = JSON.parse(
      JSON.stringify(invoice, (_, value) => (typeof value === 'bigint' ? value.toString() : value)),
    );
    expect(rederive(json).equal).toBe(true);
    expect(rederive({ ...json, totalMicroUsd: '1' }).equal).toBe(false);
    const [first, second] = json.lines;
    expect(rederive({ ...json, lines: [first] }).equal).toBe(false);
    expect(rederive({ ...json, lines: [first, { ...second, from: second.to }] }).equal).toBe(false);
    expect(rederive({ ...json, lines: [first, { ...second, devices: 2 }] }).differences).toHaveLength(2);
    expect(() => rederive({ lines: 'none' })).toThrow();
  });

  test('the CSV has every window and adds up to the bill', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(10));
    const { clusterId } = await world.run(customer, { suppliers: [supplier, supplier], price: usd(1) });
    world.context.clock.advance(90_000);
    await closeWindows(world.context, settlement);
    await world.transaction((trx) => suspendMeters(trx, world.context, settlement, clusterId, 'A "fault", ours'));
    world.context.clock.advance(10_000);
    const invoice = await end(clusterId);
    let text = '';
    for await (const chunk of await invoiceLinesCsv(world.context, world.actorOf(customer), invoice.id)) text += chunk;
    const [head, ...lines] = text.trimEnd().split('\r\n');
    expect(head!.split(',')).toHaveLength(11);
    expect(lines).toHaveLength(4);
    const total = lines.reduce((sum, line) => sum + BigInt(line.split(',')[8]!), 0n);
    expect(total).toBe(invoice.totalMicroUsd);
    expect(text).toContain('"A ""fault"", ours"');
  });

  test('a bill is written once, and another organization cannot see it', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(10));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(1) });
    world.context.clock.advance(1_000);
    const invoice = await end(clusterId);
    expect(await end(clusterId)).toEqual(invoice);
    expect((await listInvoices(world.context, world.actorOf(customer), { limit: 10 })).items).toEqual([invoice]);
    const stranger = world.actorOf(supplier);
    await expect(getInvoice(world.context, stranger, invoice.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(invoiceLinesCsv(world.context, stranger, invoice.id)).rejects.toMatchObject({ code: 'not_found' });
    const theirs = await listLedger(world.context, stranger, { limit: 50, clusterId });
    expect(new Set(theirs.items.map((entry) => entry.account))).toEqual(new Set(['earning']));
  });

  test('a cluster that never ran is not billed, and all of its hold comes back', async () => {
    const customer = await world.organization(usd(5));
    const { clusterId } = await world.cluster(customer, { suppliers: [customer], price: usd(5) });
    const order = { clusterId, organizationId: customer, currency: 'USD' as const, amount: usd(5), actorId: 'per_x' };
    await world.transaction((trx) => holdForCluster(trx, world.context, order));
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(0n);
    expect(await end(clusterId)).toBeUndefined();
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(usd(5));
  });

  test('invariant 11: simulated clusters run without credit and move no money', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(1));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(7), simulated: true });
    world.context.clock.advance(2 * hourMs);
    await closeWindows(world.context, settlement);
    expect((await balanceOf(world.context, customer, 'SIM')).lastsUntil).toBeNull();
    const invoice = await end(clusterId);
    expect(invoice).toMatchObject({ currency: 'SIM', totalMicroUsd: usd(14) });
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(usd(1));
    expect((await balanceOf(world.context, customer, 'SIM')).balanceMicroUsd).toBe(usd(-14));
    expect(await earnings(world.context, world.actorOf(supplier))).toMatchObject({
      totalMicroUsd: 0n,
      items: [{ currency: 'SIM', earningMicroUsd: usd(13.72) }],
    });
  });
});

describe('transactions side by side', () => {
  test('ticks and clusters that lose workers never lock each other out, whoever their suppliers are', async () => {
    const suppliers = [await world.organization(), await world.organization(), await world.organization()];
    const customer = await world.organization(usd(10_000));
    const clusters: Awaited<ReturnType<World['run']>>[] = [];
    for (let index = 0; index < 6; index++) {
      const order = index % 2 ? suppliers : suppliers.toReversed();
      clusters.push(await world.run(customer, { suppliers: [...order, ...order], price: usd(1) }));
    }
    world.context.clock.advance(60_000);
    /** As the clusters domain does: the lost lease ends, then the others become free. */
    const lose = ({ clusterId, leases }: (typeof clusters)[number]) =>
      world.transaction(async (trx) => {
        const at = world.context.clock.now();
        await closeMeters(trx, world.context, settlement, { clusterId, leaseIds: [leases[0]!.id], at });
        await suspendMeters(trx, world.context, settlement, clusterId, 'a worker was missing');
      });
    for (let round = 0; round < 5; round++) {
      world.context.clock.advance(60_000);
      const ticks = Array.from({ length: 4 }, () => closeWindows(world.context, settlement, 0));
      await Promise.all([...ticks, ...clusters.map(lose)]);
      await Promise.all(
        clusters.map(({ clusterId }) =>
          world.transaction((trx) => resumeMeters(trx, world.context, settlement, clusterId)),
        ),
      );
    }
    for (const { clusterId } of clusters) await end(clusterId);
    await everythingHolds();
  });
});

describe('holds', () => {
  test('a balance for three clusters funds three, however many ask at once', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(30));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => world.run(customer, { suppliers: [supplier], price: usd(10) })),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(3);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected')
        expect(outcome.reason).toMatchObject({
          code: 'insufficient_funds',
          message: 'One hour costs 10.00 USD and the balance is 0.00 USD: 10.00 USD are missing.',
        });
    expect(await balanceOf(world.context, customer)).toMatchObject({ balanceMicroUsd: 0n, heldMicroUsd: usd(30) });
  });

  test('the hold pays when the balance is empty, and is filled again when there is credit', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(60));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(60) });
    world.context.clock.advance(10 * 60_000);
    await closeWindows(world.context, settlement);
    expect(await balanceOf(world.context, customer)).toMatchObject({ balanceMicroUsd: 0n, heldMicroUsd: usd(50) });
    await grantCredit(world.context, world.operator, {
      organizationId: customer,
      amountMicroUsd: usd(100),
      reference: 'more',
    });
    world.context.clock.advance(10 * 60_000);
    await closeWindows(world.context, settlement);
    expect(await balanceOf(world.context, customer)).toMatchObject({ balanceMicroUsd: usd(80), heldMicroUsd: usd(60) });
    await end(clusterId);
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(usd(140));
    await everythingHolds();
  });

  test('a cluster that grows holds more, or is refused', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(15));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(10) });
    const grow = (amount: bigint) =>
      world.transaction((trx) => extendHold(trx, world.context, { clusterId, amount, actorId: 'per_x' }));
    await grow(usd(5));
    await expect(grow(1n)).rejects.toMatchObject({ code: 'insufficient_funds' });
    expect(await balanceOf(world.context, customer)).toMatchObject({ balanceMicroUsd: 0n, heldMicroUsd: usd(15) });
    await end(clusterId);
    expect((await balanceOf(world.context, customer)).balanceMicroUsd).toBe(usd(15));
  });

  test('time that the platform let run beyond the money is free, says why, and is never owed', async () => {
    const supplier = await world.organization();
    const customer = await world.organization(usd(7));
    const { clusterId } = await world.run(customer, { suppliers: [supplier], price: usd(7) });
    world.context.clock.advance(3 * hourMs);
    await closeWindows(world.context, settlement);
    const invoice = await end(clusterId);
    expect(invoice.totalMicroUsd).toBe(usd(7));
    expect(await balanceOf(world.context, customer)).toMatchObject({ balanceMicroUsd: 0n, heldMicroUsd: 0n });
    const [usage] = await usageOf(world.context.db, clusterId);
    expect(usage).toMatchObject({ chargedMs: hourMs, freeMs: 2 * hourMs });
    const windows = [];
    for await (const batch of windowsOf(world.context.db, clusterId, 1)) windows.push(...batch);
    expect(windows.map((window) => window.freeBecause === null)).toEqual([true, false]);
    await everythingHolds();
  });
});

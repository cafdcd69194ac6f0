import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Compliance,
  compliances,
  connectivityTierNames,
  createIds,
  ManualClock,
  minuteMs,
  serviceTiers,
  systemActor,
} from '@muster/common';
import { type Context, sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import fc from 'fast-check';
import {
  currentMarket,
  listPriceBook,
  marketPrices,
  offerPrice,
  openPriceBook,
  previewBasePrice,
  priceHistory,
  recomputePrices,
  setBasePrice,
  utilisationFactor,
} from './index.ts';

describe('the utilisation curve', () => {
  const devices = fc.record({ ready: fc.nat(100_000), hired: fc.nat(100_000) });

  test('stays between 0.8 and 1.6, and is 1 where nothing is known', () => {
    fc.assert(
      fc.property(devices, ({ ready, hired }) => {
        const factor = utilisationFactor(ready, hired);
        expect(factor).toBeGreaterThanOrEqual(8_000);
        expect(factor).toBeLessThanOrEqual(16_000);
        expect(Number.isInteger(factor)).toBe(true);
      }),
    );
    expect(utilisationFactor(0, 0)).toBe(10_000);
    expect(utilisationFactor(1_000_000, 0)).toBeLessThan(8_010);
    expect(utilisationFactor(1_000_000, 1_000_000)).toBeGreaterThan(15_990);
  });

  test('never falls when more is hired, and never rises when more is ready', () => {
    fc.assert(
      fc.property(devices, fc.nat(1_000), ({ ready, hired }, more) => {
        expect(utilisationFactor(ready, hired + more)).toBeGreaterThanOrEqual(utilisationFactor(ready, hired));
        const some = Math.min(hired, ready);
        const lower = utilisationFactor(ready + more, some);
        // Idle devices added to any region do not make it dearer than a region of which nothing is known, or than it was.
        expect(lower).toBeLessThanOrEqual(utilisationFactor(ready, some));
      }),
    );
  });
});

describe('the price of an offer', () => {
  const asked = fc.record({
    serviceTier: fc.constantFrom(...serviceTiers),
    connectivityTier: fc.option(fc.constantFrom(...connectivityTierNames), { nil: undefined }),
    compliance: fc.subarray<Compliance>([...compliances]),
    oneNetworkDomain: fc.boolean(),
  });
  const price = fc.bigInt({ min: 0n, max: 100_000_000n });

  test('is never under the floor, and is the floor only when the market asks less', () => {
    fc.assert(
      fc.property(price, price, asked, (market, floor, asked) => {
        const offered = offerPrice(market, asked, floor);
        const unfloored = offerPrice(market, asked);
        expect(offered).toBeGreaterThanOrEqual(floor);
        if (unfloored >= floor) expect(offered).toBe(unfloored);
        else expect(offered).toBe(floor);
      }),
    );
  });

  test('never falls when more is asked for, or when the market asks more', () => {
    fc.assert(
      fc.property(price, price, asked, fc.constantFrom(...compliances), (market, more, asked, compliance) => {
        const plain = offerPrice(market, asked);
        expect(offerPrice(market + more, asked)).toBeGreaterThanOrEqual(plain);
        const without = asked.compliance.filter((each) => each !== compliance);
        expect(plain).toBeGreaterThanOrEqual(offerPrice(market, { ...asked, compliance: without }));
        expect(offerPrice(market, { ...asked, oneNetworkDomain: true })).toBeGreaterThanOrEqual(plain);
        expect(offerPrice(market, { ...asked, serviceTier: 'trusted' })).toBeGreaterThanOrEqual(plain);
      }),
    );
  });
});

describe('the preview of a base price', () => {
  const region = fc.record({
    modelId: fc.constantFrom('gpu', 'other'),
    simulated: fc.boolean(),
    readyDevices: fc.nat(500),
    hiredDevices: fc.nat(500),
    floors: fc.array(fc.bigInt({ min: 0n, max: 4_000_000n }), { maxLength: 20 }),
  });
  const supplies = fc
    .array(region, { maxLength: 8 })
    .map((all) => all.map((each, index) => ({ ...each, region: `region-${index}` })));

  test('asks by region what the curve makes of it, and counts each device whose floor that reaches', () => {
    fc.assert(
      fc.property(supplies, fc.bigInt({ min: 1n, max: 4_000_000n }), (supply, priceMicroUsdPerHour) => {
        const floors = supply.flatMap(({ modelId, region, simulated, floors }) =>
          modelId === 'gpu'
            ? floors.map((floorMicroUsdPerHour) => ({ region, simulated, floorMicroUsdPerHour, readyDevices: 2 }))
            : [],
        );
        const preview = previewBasePrice({ modelId: 'gpu', priceMicroUsdPerHour }, 1_000_000n, supply, floors);
        const ours = supply.filter(({ modelId }) => modelId === 'gpu');
        expect(preview.regions).toHaveLength(ours.length);
        for (const each of preview.regions) {
          const { readyDevices, hiredDevices, floors } = ours.find(({ region }) => region === each.region)!;
          const factor = BigInt(utilisationFactor(readyDevices, hiredDevices));
          expect(each).toMatchObject({ readyDevices, hiredDevices, currentMicroUsdPerHour: factor * 100n });
          // Rounded once, so within one micro-dollar of the exact price.
          const error = each.proposedMicroUsdPerHour * 10_000n - priceMicroUsdPerHour * factor;
          expect(error > -10_000n && error < 10_000n).toBe(true);
          expect(each.devicesAboveFloor).toBe(
            2 * floors.filter((floor) => floor <= each.proposedMicroUsdPerHour).length,
          );
        }
      }),
    );
  });

  test('tells of simulated supply apart, and of a model without a price that it has none', () => {
    const there = { modelId: 'gpu', region: 'europe', readyDevices: 4, hiredDevices: 0 };
    const supply = [
      { ...there, simulated: true },
      { ...there, simulated: false },
    ];
    const floors = [{ region: 'europe', simulated: true, floorMicroUsdPerHour: 1n, readyDevices: 4 }];
    const preview = previewBasePrice({ modelId: 'gpu', priceMicroUsdPerHour: 10n }, undefined, supply, floors);
    expect(preview.currentMicroUsdPerHour).toBeNull();
    expect(
      preview.regions.map(({ simulated, currentMicroUsdPerHour, devicesAboveFloor }) => [
        simulated,
        currentMicroUsdPerHour,
        devicesAboveFloor,
      ]),
    ).toEqual([
      [false, null, 0],
      [true, null, 4],
    ]);
  });
});

describe('the market', () => {
  let database: TestDatabase;
  let context: Context & { clock: ManualClock };
  const operator = systemActor('test');
  beforeAll(async () => {
    database = await createTestDatabase();
    const clock = new ManualClock();
    context = { db: database.db, clock, ids: createIds(clock) };
    await sql
      .raw(`insert into hardware_model (id, name, vendor, kind, memory_mb, architecture, resource_name, created_at)
        values ('gpu', 'GPU', 'V', 'gpu', 1, 'a', 'nvidia.com/gpu', now()), ('new', 'New', 'V', 'gpu', 1, 'a', 'nvidia.com/gpu', now())`)
      .execute(database.db);
    const opening = [{ modelId: 'gpu', priceMicroUsdPerHour: 1_000_000n }];
    await database.db.transaction().execute((trx) => openPriceBook(trx, context, opening));
  });
  afterAll(() => database.drop());

  const supply = (hiredDevices: number, simulated = false) => ({
    modelId: 'gpu',
    region: 'europe',
    simulated,
    readyDevices: 96,
    hiredDevices,
  });

  test('a minute has one price per model and region, however many processes compute it', async () => {
    const counts = await Promise.all(Array.from({ length: 6 }, () => recomputePrices(context, [supply(48)])));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    context.clock.advance(minuteMs);
    expect(await recomputePrices(context, [supply(96)])).toBe(1);
    const [now] = await marketPrices(context, { modelId: 'gpu' });
    expect(now).toMatchObject({ region: 'europe', readyDevices: 96, hiredDevices: 96 });
    expect(now!.priceMicroUsdPerHour).toBe(BigInt(utilisationFactor(96, 96)) * 100n);
    expect(await marketPrices(context, { modelId: 'other' })).toEqual([]);
  });

  test('a model without a base price is not offered; a region without supply asks the base price', async () => {
    const market = await currentMarket(context);
    expect(market('new', 'europe', 'priority', [])).toBeUndefined();
    expect(market('gpu', 'asia', 'priority', [])).toBe(1_000_000n);
    expect(market('gpu', 'europe', 'priority', [])).toBe(BigInt(utilisationFactor(96, 96)) * 100n);
    expect(market('gpu', 'asia', 'economy', [])!).toBeLessThan(1_000_000n);
    expect(market('gpu', 'asia', 'priority', ['hipaa'], { connectivityTier: 'ultra' })!).toBeGreaterThan(1_050_000n);
  });

  test('invariant 11: simulated supply never moves a real price', async () => {
    const before = (await currentMarket(context))('gpu', 'europe', 'priority', []);
    await recomputePrices(context, [supply(0, true)]);
    expect((await currentMarket(context))('gpu', 'europe', 'priority', [])).toBe(before);
    expect((await currentMarket(context, true))('gpu', 'europe', 'priority', [])!).toBeLessThan(before!);
    expect(await marketPrices(context)).toHaveLength(1);
  });

  test('history tells P10, median and P90 of each bucket', async () => {
    context.clock.advance(24 * 60 * minuteMs);
    const start = context.clock.now();
    for (let minute = 0; minute < 60; minute++) {
      await recomputePrices(context, [supply(minute)]);
      context.clock.advance(minuteMs);
    }
    const { points } = await priceHistory(context, 'gpu', { from: start, bucket: 'day', simulated: false });
    const priced = (hired: number) => BigInt(utilisationFactor(96, hired)) * 100n;
    expect(points).toEqual([
      {
        at: new Date('2026-01-02T00:00:00Z'),
        region: 'europe',
        p10MicroUsdPerHour: priced(5),
        medianMicroUsdPerHour: priced(29),
        p90MicroUsdPerHour: priced(53),
      },
    ]);
    const minutes = await priceHistory(context, 'gpu', {
      from: start,
      bucket: 'minute',
      region: 'europe',
      simulated: false,
    });
    expect(minutes.points).toHaveLength(60);
    expect((await priceHistory(context, 'gpu', { bucket: 'hour', region: 'asia', simulated: false })).points).toEqual(
      [],
    );
    await expect(priceHistory(context, 'new', { bucket: 'hour', simulated: false })).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  test('a base price holds from when it is set, and what held before is kept', async () => {
    await setBasePrice(context, operator, { modelId: 'gpu', priceMicroUsdPerHour: 3_000_000n });
    await database.db
      .transaction()
      .execute((trx) => openPriceBook(trx, context, [{ modelId: 'gpu', priceMicroUsdPerHour: 1n }]));
    expect(await listPriceBook(context)).toEqual([
      { modelId: 'gpu', priceMicroUsdPerHour: 3_000_000n, effectiveFrom: context.clock.now(), actorId: operator.id },
    ]);
    expect(await database.db.selectFrom('base_price').selectAll().execute()).toHaveLength(2);
    await expect(setBasePrice(context, operator, { modelId: 'none', priceMicroUsdPerHour: 1n })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

import { describe, expect, test } from '@jest/globals';
import { charge } from '@muster/common';
import fc from 'fast-check';
import { affordableUntil, costOf, cut, type Reading, type Tariff, unpaidTime, type Window } from './window.ts';

const start = Date.parse('2026-01-01T00:00:00Z');
const tariff: fc.Arbitrary<Tariff> = fc.record({
  devices: fc.integer({ min: 1, max: 1024 }),
  priceMicroUsdPerDeviceHour: fc.bigInt({ min: 0n, max: 100_000_000n }),
  feeBasisPoints: fc.integer({ min: 0, max: 10_000 }),
});
/** Spans between ticks, from nothing (two ticks at once) to a long outage, and a clock that runs behind. */
const spans = fc.array(fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: -5_000, max: 90_000_000 })), {
  maxLength: 60,
});

/** Cuts a lease at each of the given instants. */
function meter(tariff: Tariff, spansMs: number[], freeOn: (index: number) => string | null = () => null): Window[] {
  let reading: Reading = { meteredUntil: new Date(start), chargedMs: 0, freeBecause: null };
  let now = start;
  return spansMs.flatMap((span, index) => {
    now += span;
    const result = cut(tariff, { ...reading, freeBecause: freeOn(index) }, new Date(now));
    reading = result.reading;
    return result.windows;
  });
}

const sum = (amounts: bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);

describe('usage windows', () => {
  test('invariant 7: they meet without gap or overlap, whenever they are cut', () => {
    fc.assert(
      fc.property(tariff, spans, fc.func(fc.constantFrom(null, null, 'fault')), (tariff, spansMs, freeOn) => {
        const windows = meter(tariff, spansMs, freeOn);
        let end = start;
        for (const window of windows) {
          expect(window.from.getTime()).toBe(end);
          expect(window.to.getTime()).toBeGreaterThan(end);
          end = window.to.getTime();
        }
      }),
    );
  });

  test('their charges and fees sum to those of the whole time, rounded once, however often it was cut', () => {
    fc.assert(
      fc.property(tariff, spans, fc.func(fc.constantFrom(null, null, 'fault')), (tariff, spansMs, freeOn) => {
        const windows = meter(tariff, spansMs, freeOn);
        const chargedMs = windows
          .filter((window) => window.freeBecause === null)
          .reduce((total, window) => total + window.to.getTime() - window.from.getTime(), 0);
        const whole = costOf(tariff, chargedMs);
        expect(sum(windows.map((window) => window.charge))).toBe(whole.charge);
        expect(whole.charge).toBe(charge(tariff.priceMicroUsdPerDeviceHour, tariff.devices, chargedMs));
        expect(sum(windows.map((window) => window.fee))).toBe(whole.fee);
      }),
    );
  });

  test('each charge is fee plus earning, none of them below zero, and free time costs nothing', () => {
    fc.assert(
      fc.property(tariff, spans, fc.func(fc.constantFrom(null, 'fault')), (tariff, spansMs, freeOn) => {
        for (const window of meter(tariff, spansMs, freeOn)) {
          expect(window.charge).toBe(window.fee + window.earning);
          for (const amount of [window.charge, window.fee, window.earning]) expect(amount).toBeGreaterThanOrEqual(0n);
          if (window.freeBecause !== null) expect(window.charge).toBe(0n);
        }
      }),
    );
  });

  test('time is charged up to the last millisecond that funds pay for, and free after it', () => {
    const meters = fc.array(
      fc.record({
        tariff,
        opened: fc.integer({ min: 0, max: 100_000 }),
        chargedMs: fc.integer({ min: 0, max: 10_000_000 }),
      }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(meters, fc.bigInt({ min: 0n, max: 10_000_000_000n }), (drawn, funds) => {
        const until = new Date(start + 3_600_000);
        const all = drawn.map(({ tariff, opened, chargedMs }) => ({
          ...tariff,
          meteredUntil: new Date(start + opened),
          chargedMs,
          freeBecause: null,
        }));
        const paidUntil = affordableUntil(all, until, funds);
        const windowsAt = (paid: Date) => all.flatMap((meter) => cut(meter, meter, until, paid).windows);
        const costAt = (paid: Date) => sum(windowsAt(paid).map((window) => window.charge));
        expect(costAt(paidUntil)).toBeLessThanOrEqual(funds);
        if (paidUntil < until) expect(costAt(new Date(paidUntil.getTime() + 1))).toBeGreaterThan(funds);
        for (const window of windowsAt(paidUntil))
          if (window.from >= paidUntil) expect(window.freeBecause).toBe(unpaidTime);
      }),
    );
  });
});

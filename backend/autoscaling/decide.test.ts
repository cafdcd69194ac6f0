import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide, type Load, quietBeforeShrinkMs } from './decide.ts';

const loads: fc.Arbitrary<Load> = fc
  .record({
    minWorkers: fc.integer({ min: 1, max: 10 }),
    more: fc.integer({ min: 0, max: 10 }),
    workers: fc.integer({ min: 1, max: 25 }),
    queuedRanks: fc.integer({ min: 0, max: 30 }),
    taken: fc.uniqueArray(fc.integer({ min: 0, max: 24 }), { maxLength: 10 }),
    quietMs: fc.constantFrom(0, quietBeforeShrinkMs),
  })
  .map(({ minWorkers, more, taken, ...rest }) => {
    const ranks = taken.filter((rank) => rank < rest.workers);
    return {
      ...rest,
      minWorkers,
      maxWorkers: minWorkers + more,
      startedRanks: ranks.length,
      highestRank: Math.max(-1, ...ranks),
    };
  });

describe('autoscaling', () => {
  test('a worker on which a task runs is never given back', () => {
    fc.assert(fc.property(loads, (load) => expect(decide(load)).toBeGreaterThan(load.highestRank)));
  });

  test('it stays between its bounds, unless a task keeps a worker beyond them', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const workers = decide(load);
        expect(workers).toBeGreaterThanOrEqual(load.minWorkers);
        expect(workers).toBeLessThanOrEqual(Math.max(load.maxWorkers, load.highestRank + 1));
      }),
    );
  });

  test('it grows to what tasks ask for as far as it may, and never gives back while tasks wait for it', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const asked = load.startedRanks + load.queuedRanks;
        expect(decide(load)).toBeGreaterThanOrEqual(Math.min(asked, load.maxWorkers));
      }),
    );
  });

  test('once decided, it decides the same again: it does not swing', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const workers = decide(load);
        expect(decide({ ...load, workers })).toBe(workers);
      }),
    );
  });

  test('without a quiet nothing within the bounds is given back', () => {
    fc.assert(
      fc.property(loads, (load) => {
        fc.pre(load.workers <= load.maxWorkers);
        expect(decide({ ...load, quietMs: 0 })).toBeGreaterThanOrEqual(load.workers);
      }),
    );
  });
});

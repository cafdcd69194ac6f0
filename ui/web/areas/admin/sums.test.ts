import { describe, expect, test } from '@jest/globals';
import { bucketsOf, byModel, sumsAt, sumsOf, worstUnmet } from './sums.ts';

describe('A series on a page', () => {
  const now = new Date('2026-11-24T15:20:00Z');

  test('has every bucket of its span in UTC, from the one that holds its beginning to the one that holds now', () => {
    const hours = bucketsOf(3 * 3_600_000, 'hour', now);
    expect(hours).toEqual([
      '2026-11-24T12:00:00.000Z',
      '2026-11-24T13:00:00.000Z',
      '2026-11-24T14:00:00.000Z',
      '2026-11-24T15:00:00.000Z',
    ]);
    expect(bucketsOf(86_400_000, 'day', now)).toEqual(['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z']);
  });

  test('adds what models and countries have in a bucket, and says zero where there is nothing', () => {
    const at = bucketsOf(2 * 3_600_000, 'hour', now);
    const rows = [
      { at: '2026-11-24T14:00:00Z', devices: 2 },
      { at: '2026-11-24T14:00:00.000Z', devices: 3 },
      { at: '2026-11-24T15:00:00.000Z', devices: 1 },
    ];
    expect(sumsAt(at, rows, ({ devices }) => devices)).toEqual([0, 5, 1]);
  });

  test('of unmet demand is told by model and country, the most devices first; no country is a place of its own', () => {
    const of = (modelId: string, country: string | null, devices: number) => ({
      ...{ at: '2026-11-24T14:00:00Z', modelId, country, devices },
      ...{ requests: 1, workers: 1 },
    });
    expect(worstUnmet([of('a', 'DE', 1), of('a', null, 4), of('a', 'DE', 2), of('b', 'DE', 9)])).toEqual([
      { modelId: 'b', country: 'DE', requests: 1, workers: 1, devices: 9 },
      { modelId: 'a', country: null, requests: 1, workers: 1, devices: 4 },
      { modelId: 'a', country: 'DE', requests: 2, workers: 2, devices: 3 },
    ]);
  });
});

test('Supply by model adds countries, and leaves out what has no ready device', () => {
  const supply = byModel([
    { modelId: 'a', hired: 1, idle: 2 },
    { modelId: 'a', hired: 0, idle: 4 },
    { modelId: 'b', hired: 0, idle: 0 },
  ]);
  expect(supply).toEqual([{ modelId: 'a', hired: 1, idle: 6, countries: 2 }]);
});

test('Currencies of a transaction are never added, and no micro-unit is lost', () => {
  const entry = (amountMicroUsd: string, currency: 'USD' | 'SIM') => ({ amountMicroUsd, currency });
  const sums = sumsOf([
    entry('9007199254740993', 'USD'),
    entry('-9007199254740992', 'USD'),
    entry('5', 'SIM'),
    entry('-5', 'SIM'),
  ]);
  expect(sums).toEqual([
    ['USD', 1n],
    ['SIM', 0n],
  ]);
});

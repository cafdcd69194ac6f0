import { describe, expect, test } from '@jest/globals';
import { spentNow } from './spent-now.ts';

const now = new Date('2026-11-24T00:30:00Z');
const charged = (at: string, chargeMicroUsd: string, currency: 'USD' | 'SIM' = 'USD') => ({
  at,
  chargeMicroUsd,
  currency,
  clusterId: 'clu_01k0000000000000000000000a',
  deviceSeconds: 1,
});
const items = [
  charged('2026-10-31T00:00:00Z', '1000000'),
  charged('2026-11-01T00:00:00Z', '200000'),
  charged('2026-11-24T00:00:00Z', '30000'),
  charged('2026-11-24T00:00:00Z', '4000', 'SIM'),
];

describe('what was spent so far', () => {
  test('is of this day and this month in UTC, and of one currency', () => {
    expect(spentNow('USD', items, [], now)).toMatchObject({ today: 30_000n, month: 230_000n, estimated: false });
    expect(spentNow('SIM', items, [], now)).toMatchObject({ today: 4_000n, month: 4_000n });
  });

  test('grows by what is not metered yet, and today only since midnight', () => {
    const running = [
      { currency: 'USD' as const, priceMicroUsdPerHour: '3600000', meteredUntil: '2026-11-23T23:30:00Z' },
      { currency: 'SIM' as const, priceMicroUsdPerHour: '7200000', meteredUntil: '2026-11-24T00:29:59Z' },
    ];
    expect(spentNow('USD', items, running, now)).toEqual({
      currency: 'USD',
      today: 30_000n + 1_800_000n,
      month: 230_000n + 3_600_000n,
      perHour: 3_600_000n,
      estimated: true,
    });
    expect(spentNow('SIM', items, running, now)).toMatchObject({ today: 6_000n, perHour: 7_200_000n });
  });
});

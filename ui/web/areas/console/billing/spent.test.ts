/** Spending is gathered without a micro-unit lost, and never across currencies. */
import { dayMs } from '@muster/common/time';
import { bucketsBetween, type Spent, spendingByCurrency } from './spent.ts';

const spent = (day: string, clusterId: string, chargeMicroUsd: string, currency: Spent['currency'] = 'USD'): Spent => ({
  at: `2026-01-${day}T00:00:00.000Z`,
  clusterId,
  currency,
  chargeMicroUsd,
  deviceSeconds: 10,
});

test('each currency by itself, money first, what spent most first, a bucket without charge is nought', () => {
  const items = [
    spent('02', 'clu_s', '5', 'SIM'),
    spent('02', 'clu_a', '9007199254740993'),
    spent('01', 'clu_b', '9007199254740994'),
    spent('02', 'clu_b', '1'),
  ];
  const days = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
  const [usd, sim, ...others] = spendingByCurrency(items, days);
  expect(others).toEqual([]);
  expect(usd).toMatchObject({ currency: 'USD', total: 18014398509481988n });
  expect(usd!.clusters.map(({ clusterId }) => clusterId)).toEqual(['clu_b', 'clu_a']);
  expect(usd!.series.get('clu_a')).toEqual([0n, 9007199254740993n]);
  expect(sim).toMatchObject({ currency: 'SIM', total: 5n });
});

test('buckets begin at whole days of UTC and leave none out', () => {
  expect(bucketsBetween(new Date('2026-01-30T23:59:59Z'), new Date('2026-02-01T00:00:00Z'), dayMs)).toEqual([
    '2026-01-30T00:00:00.000Z',
    '2026-01-31T00:00:00.000Z',
    '2026-02-01T00:00:00.000Z',
  ]);
});

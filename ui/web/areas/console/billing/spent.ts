/** Spending as charts and tables want it: by day, cluster and currency. Amounts stay whole numbers; only drawn ones are floats. */
import type { Currency } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';

export type Spent = Schemas['Spending']['items'][number];

/** For the scale of a chart, which is drawn in floats: exact below 9 × 10¹⁵ micro-units. */
export const drawn = (micro: string | bigint): number => Number(micro);
/** Back from a chart's scale, for writing it. */
export const microOf = (value: number): bigint => BigInt(Math.round(value));

export interface ClusterSpending {
  clusterId: string;
  micro: bigint;
  deviceSeconds: number;
}

export interface CurrencySpending {
  currency: Currency;
  total: bigint;
  /** What spent most first. */
  clusters: ClusterSpending[];
  /** By cluster, one amount per bucket. */
  series: Map<string, bigint[]>;
}

/** Where each bucket from one instant to another begins, also those in which nothing was charged. */
export function bucketsBetween(from: Date, to: Date, lengthMs: number): string[] {
  const first = Math.floor(from.getTime() / lengthMs);
  const last = Math.floor(to.getTime() / lengthMs);
  return Array.from({ length: last - first + 1 }, (_, index) => new Date((first + index) * lengthMs).toISOString());
}

/**
 * Real and simulated amounts are never added: one spending for each currency, money first.
 *
 * @param at where each bucket begins, oldest first
 */
export function spendingByCurrency(items: readonly Spent[], at: readonly string[]): CurrencySpending[] {
  return [...Map.groupBy(items, ({ currency }) => currency)]
    .map(([currency, of]) => ofCurrency(currency, of, at))
    .sort((left, right) => Number(right.currency === 'USD') - Number(left.currency === 'USD'));
}

function ofCurrency(currency: Currency, items: readonly Spent[], at: readonly string[]): CurrencySpending {
  const clusters: ClusterSpending[] = [];
  const series = new Map<string, bigint[]>();
  for (const [clusterId, own] of Map.groupBy(items, (item) => item.clusterId)) {
    const byBucket = new Map<string, bigint>();
    let micro = 0n;
    let deviceSeconds = 0;
    for (const item of own) {
      const charge = BigInt(item.chargeMicroUsd);
      const bucket = new Date(item.at).toISOString();
      byBucket.set(bucket, (byBucket.get(bucket) ?? 0n) + charge);
      micro += charge;
      deviceSeconds += item.deviceSeconds;
    }
    clusters.push({ clusterId, micro, deviceSeconds });
    series.set(
      clusterId,
      at.map((bucket) => byBucket.get(bucket) ?? 0n),
    );
  }
  clusters.sort((left, right) => (left.micro < right.micro ? 1 : left.micro > right.micro ? -1 : 0));
  const total = clusters.reduce((sum, { micro }) => sum + micro, 0n);
  return { currency, total, clusters, series };
}

/** What pages show of answers is summed here: series of analytics over models and countries, supply by model, and the entries of the ledger. */

import type { Currency } from '@muster/common/money';
import { dayMs, hourMs } from '@muster/common/time';
import type { Schemas } from '@muster/contract/client';

export type Bucket = 'hour' | 'day';
const bucketMs: Record<Bucket, number> = { hour: hourMs, day: dayMs };

/** Where every bucket of the span begins, oldest first, in UTC; as the analytics cut them. */
export function bucketsOf(spanMs: number, bucket: Bucket, now: Date): string[] {
  const step = bucketMs[bucket];
  const first = Math.floor((now.getTime() - spanMs) / step) * step;
  const count = Math.ceil((now.getTime() - first) / step);
  return Array.from({ length: count }, (_, index) => new Date(first + index * step).toISOString());
}

/**
 * The sum of a number in each bucket; a bucket without rows has nothing, which is zero.
 *
 * @param at where the buckets begin
 */
export function sumsAt<Row extends { at: string }>(
  at: readonly string[],
  rows: readonly Row[],
  value: (row: Row) => number,
): number[] {
  const sums = new Map<string, number>();
  for (const row of rows) {
    const instant = new Date(row.at).toISOString();
    sums.set(instant, (sums.get(instant) ?? 0) + value(row));
  }
  return at.map((instant) => sums.get(instant) ?? 0);
}

export interface Unmet {
  modelId: string;
  country: string | null;
  requests: number;
  workers: number;
  devices: number;
}

/** Unmet demand over the whole span by model and country, the most devices first. */
export function worstUnmet(rows: readonly (Unmet & { at: string })[]): Unmet[] {
  const sums = new Map<string, Unmet>();
  for (const { modelId, country, requests, workers, devices } of rows) {
    const key = `${modelId} ${country}`;
    const sum = sums.get(key) ?? { modelId, country, requests: 0, workers: 0, devices: 0 };
    sum.requests += requests;
    sum.workers += workers;
    sum.devices += devices;
    sums.set(key, sum);
  }
  return [...sums.values()].sort((a, b) => b.devices - a.devices || b.requests - a.requests);
}

export interface ModelSupply {
  modelId: string;
  hired: number;
  idle: number;
  countries: number;
}

/** Ready devices of each model over all countries. */
export function byModel(devices: readonly { modelId: string; hired: number; idle: number }[]): ModelSupply[] {
  const sums = new Map<string, ModelSupply>();
  for (const { modelId, hired, idle } of devices) {
    const sum = sums.get(modelId) ?? { modelId, hired: 0, idle: 0, countries: 0 };
    sums.set(modelId, { modelId, hired: sum.hired + hired, idle: sum.idle + idle, countries: sum.countries + 1 });
  }
  return [...sums.values()].filter(({ hired, idle }) => hired + idle > 0);
}

/** The sums of entries by currency: of a whole transaction, each is zero. */
export function sumsOf(
  entries: readonly Pick<Schemas['LedgerEntry'], 'amountMicroUsd' | 'currency'>[],
): [Currency, bigint][] {
  const sums = new Map<Currency, bigint>();
  for (const { amountMicroUsd, currency } of entries)
    sums.set(currency, (sums.get(currency) ?? 0n) + BigInt(amountMicroUsd));
  return [...sums];
}

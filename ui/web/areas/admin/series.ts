/** Series of analytics as charts and tables need them: summed over models and countries, without holes. */

export type Bucket = 'hour' | 'day';
const bucketMs: Record<Bucket, number> = { hour: 3_600_000, day: 86_400_000 };

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

/** What was spent since the beginning of this day and of this month in UTC, up to this second. Pure. */
import { type Currency, charge } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import type { Spent } from '../billing/spent.ts';

/** Money that is metered, and what has passed since at the price per hour. */
export interface SpentNow {
  currency: Currency;
  today: bigint;
  month: bigint;
  /** Of the live clusters that are charged now. */
  perHour: bigint;
  /** Part of it is not metered yet. */
  estimated: boolean;
}

/** A cluster that is charged now, with the instant up to which it has been. */
export interface Running {
  currency: Currency;
  priceMicroUsdPerHour: string;
  meteredUntil: string;
}

export const startOfDay = (now: Date): number => Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate());
export const startOfMonth = (now: Date): number => Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1);

/** The clusters that are charged now. One that is degraded costs nothing. */
export function runningOf(
  clusters: readonly Schemas['Cluster'][],
  costs: readonly (Schemas['ClusterCost'] | undefined)[],
): Running[] {
  return clusters.flatMap(({ state, runningSince, currency, priceMicroUsdPerHour }, index) => {
    const meteredUntil = costs[index] && (costs[index].meteredUntil ?? runningSince);
    return state === 'running' && meteredUntil ? [{ currency, priceMicroUsdPerHour, meteredUntil }] : [];
  });
}

/** @param items what was charged, by day */
export function spentNow(
  currency: Currency,
  items: readonly Spent[],
  running: readonly Running[],
  now: Date,
): SpentNow {
  const own = running.filter((each) => each.currency === currency);
  const since = (from: number) => {
    const metered = items
      .filter((item) => item.currency === currency && Date.parse(item.at) >= from)
      .reduce((sum, item) => sum + BigInt(item.chargeMicroUsd), 0n);
    return own.reduce((sum, { priceMicroUsdPerHour, meteredUntil }) => {
      const ms = now.getTime() - Math.max(Date.parse(meteredUntil), from);
      return ms > 0 ? sum + charge(BigInt(priceMicroUsdPerHour), 1, ms) : sum;
    }, metered);
  };
  return {
    currency,
    today: since(startOfDay(now)),
    month: since(startOfMonth(now)),
    perHour: own.reduce((sum, { priceMicroUsdPerHour }) => sum + BigInt(priceMicroUsdPerHour), 0n),
    estimated: own.length > 0,
  };
}

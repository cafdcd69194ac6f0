/**
 * The arithmetic of usage windows, without any I/O.
 *
 * A window costs the price of all charged time up to its end less the price of all charged time up to its start. Each is
 * rounded, but the sum over any windows telescopes to one rounding: cutting a lease into more windows changes nothing.
 */
import { charge, mulDiv } from '@muster/common';

/** The price of a lease, fixed when it was claimed. */
export interface Tariff {
  devices: number;
  /** Per device and hour, in micro-units. */
  priceMicroUsdPerDeviceHour: bigint;
  /** The platform's part of every charge, in hundredths of a percent: 200 is 2 %. */
  feeBasisPoints: number;
}

/** Where a lease's meter stands. */
export interface Reading {
  /** The end of the last window. */
  meteredUntil: Date;
  /** Charged time so far. */
  chargedMs: number;
  /** Why time is free just now; null when it is charged. */
  freeBecause: string | null;
}

export interface Cost {
  charge: bigint;
  fee: bigint;
  /** `charge − fee`, exactly (invariant 7). */
  earning: bigint;
}

/** A half-open interval of a lease, priced once. */
export interface Window extends Cost {
  from: Date;
  to: Date;
  freeBecause: string | null;
}

const free: Cost = { charge: 0n, fee: 0n, earning: 0n };

/** The reason of windows that nobody could pay: the platform stops a cluster before that, unless it is itself at fault. */
export const unpaidTime = 'The balance was empty and the platform had not stopped the cluster yet.';

/** What `chargedMs` milliseconds of a lease cost in all. */
export function costOf(tariff: Tariff, chargedMs: number): Cost {
  const total = charge(tariff.priceMicroUsdPerDeviceHour, tariff.devices, chargedMs);
  const fee = mulDiv(total, BigInt(tariff.feeBasisPoints), 10_000n);
  return { charge: total, fee, earning: total - fee };
}

/** What the charged time from `startMs` to `endMs` of a lease costs. */
export function costBetween(tariff: Tariff, startMs: number, endMs: number): Cost {
  const before = costOf(tariff, startMs);
  const after = costOf(tariff, endMs);
  return {
    charge: after.charge - before.charge,
    fee: after.fee - before.fee,
    earning: after.earning - before.earning,
  };
}

/**
 * Cuts a lease's time from its last window to `until`: at most a charged window up to `paidUntil`, and a free one after it.
 *
 * @returns no window when `until` is not after the reading: a clock that runs behind changes nothing
 */
export function cut(
  tariff: Tariff,
  reading: Reading,
  until: Date,
  paidUntil: Date = until,
): { windows: Window[]; reading: Reading } {
  const start = reading.meteredUntil;
  if (until <= start) return { windows: [], reading };
  if (reading.freeBecause !== null) {
    const window = { from: start, to: until, freeBecause: reading.freeBecause, ...free };
    return { windows: [window], reading: { ...reading, meteredUntil: until } };
  }
  const paidEnd = new Date(Math.min(until.getTime(), Math.max(start.getTime(), paidUntil.getTime())));
  const chargedMs = reading.chargedMs + (paidEnd.getTime() - start.getTime());
  const windows: Window[] = [];
  if (paidEnd > start)
    windows.push({ from: start, to: paidEnd, freeBecause: null, ...costBetween(tariff, reading.chargedMs, chargedMs) });
  if (until > paidEnd) windows.push({ from: paidEnd, to: until, freeBecause: unpaidTime, ...free });
  return { windows, reading: { ...reading, meteredUntil: until, chargedMs } };
}

/** The last instant, not after `until`, up to which `funds` pay all these meters; null funds have no limit. */
export function affordableUntil(meters: (Tariff & Reading)[], until: Date, funds: bigint | null): Date {
  const costUntil = (ms: number) =>
    meters.flatMap((meter) => cut(meter, meter, new Date(ms)).windows).reduce((sum, window) => sum + window.charge, 0n);
  if (funds === null || costUntil(until.getTime()) <= funds) return until;
  let affordable = Math.min(...meters.map((meter) => meter.meteredUntil.getTime()));
  let tooLate = until.getTime();
  while (tooLate - affordable > 1) {
    const middle = Math.floor((affordable + tooLate) / 2);
    if (costUntil(middle) <= funds) affordable = middle;
    else tooLate = middle;
  }
  return new Date(affordable);
}

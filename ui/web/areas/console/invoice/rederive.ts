/** A bill derived again from its usage windows, by the rule that the contract states, in whole numbers. */
import { charge } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';

export type InvoiceWithLines = Schemas['InvoiceWithLines'];
export type InvoiceLine = InvoiceWithLines['lines'][number];

export type Difference =
  | { kind: 'charge'; windowId: string; expected: bigint; charged: bigint }
  | { kind: 'gap'; leaseId: string; at: string }
  | { kind: 'total'; expected: bigint; billed: bigint };

/** A usage window with what it costs by the rule. */
export interface DerivedLine extends InvoiceLine {
  ms: number;
  expected: bigint;
}

export interface LeaseSum {
  leaseId: string;
  workerId: string;
  devices: number;
  priceMicroUsdPerDeviceHour: string;
  windows: number;
  chargedMs: number;
  freeMs: number;
  micro: bigint;
}

export interface Rederivation {
  lines: DerivedLine[];
  leases: LeaseSum[];
  total: bigint;
  /** Empty when the bill follows from its windows. */
  differences: Difference[];
}

/**
 * For each lease, in order of time: a window costs the price of all charged time up to its end less that up to its start,
 * each rounded half away from zero. Free windows cost nothing and count no time.
 */
export function rederive({ lines, totalMicroUsd }: Pick<InvoiceWithLines, 'lines' | 'totalMicroUsd'>): Rederivation {
  const derived: DerivedLine[] = [];
  const leases: LeaseSum[] = [];
  const differences: Difference[] = [];
  for (const windows of Map.groupBy(lines, ({ leaseId }) => leaseId).values()) {
    const { leaseId, workerId, devices, priceMicroUsdPerDeviceHour } = windows[0]!;
    const sum = {
      leaseId,
      workerId,
      devices,
      priceMicroUsdPerDeviceHour,
      windows: 0,
      chargedMs: 0,
      freeMs: 0,
      micro: 0n,
    };
    let end: number | undefined;
    for (const line of windows.toSorted((left, right) => instant(left.from) - instant(right.from))) {
      if (end !== undefined && instant(line.from) !== end) differences.push({ kind: 'gap', leaseId, at: line.from });
      end = instant(line.to);
      const ms = end - instant(line.from);
      const expected = line.freeBecause === null ? priceBetween(line, sum.chargedMs, sum.chargedMs + ms) : 0n;
      if (expected !== BigInt(line.chargeMicroUsd))
        differences.push({ kind: 'charge', windowId: line.windowId, expected, charged: BigInt(line.chargeMicroUsd) });
      if (line.freeBecause === null) sum.chargedMs += ms;
      else sum.freeMs += ms;
      sum.windows += 1;
      sum.micro += expected;
      derived.push({ ...line, ms, expected });
    }
    leases.push(sum);
  }
  const total = leases.reduce((all, { micro }) => all + micro, 0n);
  if (total !== BigInt(totalMicroUsd))
    differences.push({ kind: 'total', expected: total, billed: BigInt(totalMicroUsd) });
  return { lines: derived, leases, total, differences };
}

function priceBetween({ priceMicroUsdPerDeviceHour, devices }: InvoiceLine, fromMs: number, toMs: number): bigint {
  const price = BigInt(priceMicroUsdPerDeviceHour);
  return charge(price, devices, toMs) - charge(price, devices, fromMs);
}

const instant = (text: string): number => new Date(text).getTime();

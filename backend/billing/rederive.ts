/**
 * A bill derived again from its usage windows, to the micro-unit, by anyone who holds it.
 *
 * For each lease, in order of time: a window costs the price of all charged time up to its end less that up to its start,
 * each `price × devices × milliseconds ÷ 3 600 000` rounded half away from zero. Free windows cost nothing and count no time.
 */
import { costBetween } from '@muster/metering';
import { z } from 'zod';

const integer = z.union([z.bigint(), z.string().regex(/^-?\d{1,18}$/)]).transform(BigInt);
const instant = z.union([z.date(), z.iso.datetime({ offset: true })]).transform((value) => new Date(value));

/** An invoice as `GET /v1/invoices/{id}` answers it, or as `getInvoice` returns it; members that no charge follows from are ignored. */
const Bill = z.object({
  totalMicroUsd: integer,
  lines: z.array(
    z.object({
      windowId: z.string(),
      leaseId: z.string(),
      from: instant,
      to: instant,
      devices: z.number().int().positive(),
      priceMicroUsdPerDeviceHour: integer,
      chargeMicroUsd: integer,
      freeBecause: z.string().nullable(),
    }),
  ),
});

export interface Rederivation {
  equal: boolean;
  totalMicroUsd: bigint;
  rederivedMicroUsd: bigint;
  /** What differs, a sentence each. */
  differences: string[];
}

/**
 * Derives a bill again.
 *
 * @param bill an invoice with its lines, as an object or as parsed JSON
 * @throws ZodError when it is not an invoice with lines
 */
export function rederive(bill: unknown): Rederivation {
  const { totalMicroUsd, lines } = Bill.parse(bill);
  const differences: string[] = [];
  let rederived = 0n;
  for (const [leaseId, windows] of Map.groupBy(lines, (line) => line.leaseId)) {
    windows.sort((left, right) => left.from.getTime() - right.from.getTime());
    let chargedMs = 0;
    let end: number | undefined;
    for (const window of windows) {
      if (end !== undefined && window.from.getTime() !== end)
        differences.push(`The windows of ${leaseId} do not meet at ${window.from.toISOString()}.`);
      end = window.to.getTime();
      const span = end - window.from.getTime();
      if (span <= 0) differences.push(`${window.windowId} ends before it begins.`);
      const tariff = { ...window, feeBasisPoints: 0 };
      const expected = window.freeBecause === null ? costBetween(tariff, chargedMs, chargedMs + span).charge : 0n;
      if (window.freeBecause === null) chargedMs += span;
      if (expected !== window.chargeMicroUsd)
        differences.push(`${window.windowId} costs ${expected}, and ${window.chargeMicroUsd} was charged.`);
      rederived += expected;
    }
  }
  if (rederived !== totalMicroUsd) differences.push(`The total is ${rederived}, and ${totalMicroUsd} was billed.`);
  return { equal: differences.length === 0, totalMicroUsd, rederivedMicroUsd: rederived, differences };
}

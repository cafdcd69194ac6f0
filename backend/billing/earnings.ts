/** What suppliers earned. */
import { type Actor, dayMs } from '@muster/common';
import type { Context } from '@muster/db';
import { usageByWorker } from '@muster/metering';

export interface Earning {
  /** Of UTC, such as `2026-01-31`; a usage window counts on the day on which it begins. */
  day: string;
  workerId: string;
  currency: 'USD' | 'SIM';
  deviceSeconds: number;
  earningMicroUsd: bigint;
}

export interface Earnings {
  items: Earning[];
  /** In money: what simulated workers earned is not part of it (invariant 11). */
  totalMicroUsd: bigint;
}

/**
 * The earnings of the actor's workers by day and worker, newest first.
 *
 * @param query a span that defaults to the last 30 days; of one worker, when one is named
 */
export async function earnings(
  context: Context,
  actor: Actor,
  query: { from?: Date | undefined; to?: Date | undefined; workerId?: string | undefined } = {},
): Promise<Earnings> {
  const to = query.to ?? new Date(context.clock.now().getTime() + 1);
  const from = query.from ?? new Date(to.getTime() - 30 * dayMs);
  const rows = await usageByWorker(context.db, {
    from,
    to,
    bucket: 'day',
    supplierOrganizationId: actor.organizationId,
    workerId: query.workerId,
  });
  return {
    items: rows.map((row) => ({
      day: row.at.toISOString().slice(0, 10),
      workerId: row.workerId,
      currency: row.currency,
      deviceSeconds: Number(row.deviceMs / 1000n),
      earningMicroUsd: row.earning,
    })),
    totalMicroUsd: rows.filter((row) => row.currency === 'USD').reduce((total, row) => total + row.earning, 0n),
  };
}

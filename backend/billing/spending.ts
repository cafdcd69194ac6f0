/** What a customer's clusters were charged, over time. */
import { type Actor, DomainError, dayMs, hourMs } from '@muster/common';
import type { Context } from '@muster/db';
import { usageByCluster } from '@muster/metering';

export interface Spent {
  /** Where the bucket begins, in UTC; a usage window counts in the bucket in which it begins. */
  at: Date;
  clusterId: string;
  currency: 'USD' | 'SIM';
  chargeMicroUsd: bigint;
  /** Charged or not. */
  deviceSeconds: number;
}

const bucketMs = { hour: hourMs, day: dayMs };
/** A leap year of days, six weeks of hours. */
const mostBuckets = 1_000;

/**
 * The charges of the actor's organization by cluster and bucket of time, oldest first.
 *
 * @param query a span that defaults to the last 30 days; of one cluster, when one is named
 * @throws DomainError `invalid_request` for a span of more than 1,000 buckets
 */
export async function spending(
  context: Context,
  actor: Actor,
  query: { from?: Date | undefined; to?: Date | undefined; bucket: 'hour' | 'day'; clusterId?: string | undefined },
): Promise<Spent[]> {
  const { bucket, clusterId } = query;
  const to = query.to ?? new Date(context.clock.now().getTime() + 1);
  const from = query.from ?? new Date(to.getTime() - 30 * dayMs);
  if (to.getTime() - from.getTime() > mostBuckets * bucketMs[bucket]) {
    throw new DomainError('invalid_request', `The span has more than ${mostBuckets} ${bucket}s.`, {
      fix: bucket === 'hour' ? 'Ask for days, or for less time.' : 'Ask for less time.',
    });
  }
  const { organizationId } = actor;
  const rows = await usageByCluster(context.db, { organizationId, from, to, bucket, clusterId });
  return rows.map(({ at, currency, charge, deviceMs, ...row }) => ({
    at,
    clusterId: row.clusterId,
    currency,
    chargeMicroUsd: charge,
    deviceSeconds: Number(deviceMs) / 1_000,
  }));
}

/** Reading what customers were metered: one cluster so far, and an organization's clusters over time. */
import { type Database, type Kysely, sql } from '@muster/db';
import { tariffOf } from './usage.ts';
import { costOf } from './window.ts';

export interface Metered {
  /** The sum of its windows: what the charged time of each lease costs, rounded once per lease. */
  charge: bigint;
  /** Device-milliseconds that were not charged. */
  freeDeviceMs: number;
  /** The end of its last window; null when it never ran. */
  until: Date | null;
}

/** A cluster so far, from its meters: they are few, and its windows may be a million. */
export async function meteredOf(db: Kysely<Database>, clusterId: string): Promise<Metered> {
  const rows = await db.selectFrom('meter').selectAll().where('cluster_id', '=', clusterId).execute();
  const metered: Metered = { charge: 0n, freeDeviceMs: 0, until: null };
  for (const row of rows) {
    const chargedMs = Number(row.charged_ms);
    metered.charge += costOf(tariffOf(row), chargedMs).charge;
    metered.freeDeviceMs += row.devices * (row.metered_until.getTime() - row.opened_at.getTime() - chargedMs);
    if (metered.until === null || row.metered_until > metered.until) metered.until = row.metered_until;
  }
  return metered;
}

export interface ClusterUsage {
  /** The beginning of the bucket, in UTC. */
  at: Date;
  clusterId: string;
  currency: 'USD' | 'SIM';
  /** Device-milliseconds, charged or not. */
  deviceMs: bigint;
  charge: bigint;
}

/**
 * An organization's usage by cluster and bucket of time (UTC), oldest first. A charge is never split: a window counts in the
 * bucket in which it begins, as it does for its supplier. `SIM` rows are simulated and are never added to money.
 */
export async function usageByCluster(
  db: Kysely<Database>,
  filter: { organizationId: string; from: Date; to: Date; bucket: 'hour' | 'day'; clusterId?: string | undefined },
): Promise<ClusterUsage[]> {
  const { organizationId, from, to, clusterId } = filter;
  const bucket = sql<Date>`date_trunc(${sql.lit(filter.bucket)}, lower(during), 'UTC')`;
  const rows = await db
    .selectFrom('usage_window')
    // Windows are found by their cluster, and clusters by their few meters: of all tables this one grows the fastest.
    .where('cluster_id', 'in', (query) =>
      query
        .selectFrom('meter')
        .select('cluster_id')
        .where('organization_id', '=', organizationId)
        .where('opened_at', '<', to)
        .where('metered_until', '>', from)
        .$if(clusterId !== undefined, (meters) => meters.where('cluster_id', '=', clusterId!)),
    )
    .where(sql<boolean>`lower(during) >= ${from} and lower(during) < ${to}`)
    .groupBy([bucket, 'cluster_id', 'currency'])
    .orderBy(bucket)
    .orderBy('cluster_id')
    .select([bucket.as('at'), 'cluster_id', 'currency'])
    .select([
      sql<bigint>`sum(devices * extract(epoch from upper(during) - lower(during)) * 1000)::bigint`.as('device_ms'),
      sql<bigint>`sum(charge)::bigint`.as('charge'),
    ])
    .execute();
  return rows.map(({ cluster_id, device_ms, ...row }) => ({ ...row, clusterId: cluster_id, deviceMs: device_ms }));
}

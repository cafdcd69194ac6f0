/** Reading what was metered: for bills, for suppliers, for spend rates and for the public numbers. */
import { type Database, type Kysely, type MeterTable, type Selectable, sql } from '@muster/db';
import { costOf, type Tariff } from './window.ts';

export interface UsageWindow {
  id: string;
  leaseId: string;
  from: Date;
  to: Date;
  charge: bigint;
  fee: bigint;
  earning: bigint;
  freeBecause: string | null;
}

/** One lease's metered time and what it cost: `charge` is the price of `chargedMs`, rounded once. */
export interface LeaseUsage extends Tariff {
  leaseId: string;
  workerId: string;
  organizationId: string;
  supplierOrganizationId: string;
  currency: 'USD' | 'SIM';
  from: Date;
  to: Date;
  chargedMs: number;
  freeMs: number;
  windows: number;
  charge: bigint;
  fee: bigint;
  earning: bigint;
}

/** A cluster's usage, one line per lease, in the order of the leases. */
export async function usageOf(db: Kysely<Database>, clusterId: string): Promise<LeaseUsage[]> {
  const rows = await db
    .selectFrom('meter')
    .leftJoin('usage_window', 'usage_window.lease_id', 'meter.lease_id')
    .where('meter.cluster_id', '=', clusterId)
    .groupBy('meter.lease_id')
    .orderBy('meter.lease_id')
    .selectAll('meter')
    .select(({ fn }) => [
      fn.count<bigint>('usage_window.id').as('windows'),
      sql<bigint>`coalesce(sum(usage_window.charge), 0)::bigint`.as('charge'),
      sql<bigint>`coalesce(sum(usage_window.fee), 0)::bigint`.as('fee'),
      sql<bigint>`coalesce(sum(usage_window.earning), 0)::bigint`.as('earning'),
    ])
    .execute();
  return rows.map((row) => ({
    leaseId: row.lease_id,
    workerId: row.worker_id,
    organizationId: row.organization_id,
    supplierOrganizationId: row.supplier_organization_id,
    ...tariffOf(row),
    currency: row.currency,
    from: row.opened_at,
    to: row.metered_until,
    chargedMs: Number(row.charged_ms),
    freeMs: row.metered_until.getTime() - row.opened_at.getTime() - Number(row.charged_ms),
    windows: Number(row.windows),
    charge: row.charge,
    fee: row.fee,
    earning: row.earning,
  }));
}

/** A cluster's windows by lease and time, a batch at a time: a long bill has millions. */
export async function* windowsOf(
  db: Kysely<Database>,
  clusterId: string,
  batch = 1_000,
): AsyncGenerator<UsageWindow[], void> {
  let after = { leaseId: '', from: new Date(0) };
  for (;;) {
    const rows = await db
      .selectFrom('usage_window')
      .where('cluster_id', '=', clusterId)
      .where(sql<boolean>`(lease_id, lower(during)) > (${after.leaseId}, ${after.from})`)
      .orderBy('lease_id')
      .orderBy(sql`lower(during)`)
      .limit(batch)
      .select(['id', 'lease_id', 'charge', 'fee', 'earning', 'free_because'])
      .select([sql<Date>`lower(during)`.as('from'), sql<Date>`upper(during)`.as('to')])
      .execute();
    if (rows.length > 0)
      yield rows.map(({ lease_id, free_because, ...row }) => ({
        ...row,
        leaseId: lease_id,
        freeBecause: free_because,
      }));
    const last = rows.at(-1);
    if (!last || rows.length < batch) return;
    after = { leaseId: last.lease_id, from: last.from };
  }
}

/** What each of these clusters costs until `now`: what it was charged, and its time since; a cluster that never ran is absent. */
export async function chargedTo(db: Kysely<Database>, clusterIds: string[], now: Date): Promise<Map<string, bigint>> {
  const rows = await db
    .selectFrom('meter')
    .selectAll()
    .where('cluster_id', '=', sql<string>`any(${clusterIds})`)
    .execute();
  const charged = new Map<string, bigint>();
  for (const row of rows) {
    const runs = row.closed_at === null && row.free_because === null;
    const sinceMs = runs ? Math.max(now.getTime() - row.metered_until.getTime(), 0) : 0;
    const { charge } = costOf(tariffOf(row), Number(row.charged_ms) + sinceMs);
    charged.set(row.cluster_id, (charged.get(row.cluster_id) ?? 0n) + charge);
  }
  return charged;
}

/** The price of a lease, as its meter has it. */
export function tariffOf(row: Selectable<MeterTable>): Tariff {
  return {
    devices: row.devices,
    priceMicroUsdPerDeviceHour: row.price_micro_usd_per_device_hour,
    feeBasisPoints: row.fee_basis_points,
  };
}

/** What a cluster costs per hour just now. */
export interface SpendRate {
  organizationId: string;
  clusterId: string;
  currency: 'USD' | 'SIM';
  rateMicroUsdPerHour: bigint;
}

/** The spend rates of every cluster whose time is charged just now, of one organization or of all. */
export async function spendRates(db: Kysely<Database>, organizationId?: string): Promise<SpendRate[]> {
  const rows = await db
    .selectFrom('meter')
    .where('closed_at', 'is', null)
    .where('free_because', 'is', null)
    .$if(organizationId !== undefined, (query) => query.where('organization_id', '=', organizationId!))
    .groupBy(['organization_id', 'cluster_id', 'currency'])
    .select(['organization_id', 'cluster_id', 'currency'])
    .select(sql<bigint>`sum(price_micro_usd_per_device_hour * devices)::bigint`.as('rate'))
    .execute();
  return rows.map((row) => ({
    organizationId: row.organization_id,
    clusterId: row.cluster_id,
    currency: row.currency,
    rateMicroUsdPerHour: row.rate,
  }));
}

/** What workers did in a span of time, by the window's beginning. */
export interface WorkerUsage {
  at: Date;
  workerId: string;
  currency: 'USD' | 'SIM';
  /** Device-milliseconds, charged or not. */
  deviceMs: bigint;
  charge: bigint;
  fee: bigint;
  earning: bigint;
}

/**
 * Usage by worker and bucket of time (UTC), newest first: a supplier's earnings, or everyone's for the public numbers.
 * A window counts in the bucket in which it begins. `SIM` rows are simulated and are never added to money.
 */
export async function usageByWorker(
  db: Kysely<Database>,
  filter: {
    from: Date;
    to: Date;
    bucket: 'hour' | 'day';
    supplierOrganizationId?: string;
    workerId?: string | undefined;
  },
): Promise<WorkerUsage[]> {
  const bucket = sql<Date>`date_trunc(${sql.lit(filter.bucket)}, lower(during), 'UTC')`;
  const supplier = filter.supplierOrganizationId;
  const rows = await db
    .selectFrom('usage_window')
    .where(sql<boolean>`lower(during) >= ${filter.from} and lower(during) < ${filter.to}`)
    .$if(supplier !== undefined, (query) => query.where('supplier_organization_id', '=', supplier!))
    .$if(filter.workerId !== undefined, (query) => query.where('worker_id', '=', filter.workerId!))
    .groupBy([bucket, 'worker_id', 'currency'])
    .orderBy(bucket, 'desc')
    .orderBy('worker_id')
    .select([bucket.as('at'), 'worker_id', 'currency'])
    .select([
      sql<bigint>`sum(devices * extract(epoch from upper(during) - lower(during)) * 1000)::bigint`.as('device_ms'),
      sql<bigint>`sum(charge)::bigint`.as('charge'),
      sql<bigint>`sum(fee)::bigint`.as('fee'),
      sql<bigint>`sum(earning)::bigint`.as('earning'),
    ])
    .execute();
  return rows.map(({ worker_id, device_ms, ...row }) => ({ ...row, workerId: worker_id, deviceMs: device_ms }));
}

/** Meters: one per lease, opened when its cluster runs, read into usage windows, closed when the lease is released. */
import { forEach, minuteMs } from '@muster/common';
import { type Context, type Database, type MeterTable, type Selectable, sql, type Transaction } from '@muster/db';
import type { Settlement } from './settlement.ts';
import { tariffOf } from './usage.ts';
import { affordableUntil, cut, type Reading, type Tariff, type Window } from './window.ts';

/** A lease whose time is charged, as assembly knows it. */
export interface ActiveLease extends Tariff {
  id: string;
  clusterId: string;
  organizationId: string;
  supplierOrganizationId: string;
  workerId: string;
  currency: 'USD' | 'SIM';
  /** When every worker of the cluster was running: charged from here on. */
  activeAt: Date;
}

type Meter = Tariff & Reading & { row: Selectable<MeterTable> };

/** Opens the meters of leases in the transaction that makes them active. A meter that is open already stays as it is. */
export async function openMeters(trx: Transaction<Database>, leases: ActiveLease[]): Promise<void> {
  if (leases.length === 0) return;
  await trx
    .insertInto('meter')
    .values(
      leases.map((lease) => ({
        lease_id: lease.id,
        cluster_id: lease.clusterId,
        organization_id: lease.organizationId,
        supplier_organization_id: lease.supplierOrganizationId,
        worker_id: lease.workerId,
        devices: lease.devices,
        price_micro_usd_per_device_hour: lease.priceMicroUsdPerDeviceHour,
        fee_basis_points: lease.feeBasisPoints,
        currency: lease.currency,
        opened_at: lease.activeAt,
        metered_until: lease.activeAt,
      })),
    )
    .onConflict((conflict) => conflict.column('lease_id').doNothing())
    .execute();
}

/**
 * Reads every meter whose last window ended `everyMs` ago or longer. Any number of processes may call it at once, and be
 * killed anywhere: a cluster's windows, their payment and its meters change in one transaction, and a cluster that
 * another process reads is left to it.
 *
 * @returns how many windows were closed
 * @throws AggregateError with the clusters that failed, after all others are done
 */
export async function closeWindows(context: Context, settlement: Settlement, everyMs = minuteMs): Promise<number> {
  const now = context.clock.now();
  const due = await context.db
    .selectFrom('meter')
    .select('cluster_id')
    .distinct()
    .where('closed_at', 'is', null)
    .where('metered_until', '<=', new Date(now.getTime() - everyMs))
    .execute();
  let closed = 0;
  await forEach(due, async ({ cluster_id }) => {
    const work = context.db.transaction().execute(async (trx) => {
      const meters = await openMetersOf(trx, cluster_id).skipLocked().execute();
      return read(trx, context, settlement, meters.map(toMeter), now);
    });
    closed += await work.catch((cause) => {
      throw new Error(`The windows of ${cluster_id} could not be closed.`, { cause });
    });
  });
  return closed;
}

/**
 * Reads the meters a last time and closes them, in the transaction that releases their leases.
 *
 * @param which `leaseIds` are some of the cluster's leases, or all when absent; `at` is when they are released
 */
export async function closeMeters(
  trx: Transaction<Database>,
  context: Context,
  settlement: Settlement,
  which: { clusterId: string; leaseIds?: string[]; at: Date },
): Promise<void> {
  // All of the cluster are locked, before any money is: the transaction may come back for the others.
  const all = await openMetersOf(trx, which.clusterId).execute();
  const { leaseIds } = which;
  const meters = all.filter((row) => !leaseIds || leaseIds.includes(row.lease_id)).map(toMeter);
  await read(trx, context, settlement, meters, which.at);
  if (meters.length === 0) return;
  await trx
    .updateTable('meter')
    .set((row) => ({ closed_at: row.ref('metered_until') }))
    .where(
      'lease_id',
      'in',
      meters.map((meter) => meter.row.lease_id),
    )
    .execute();
}

/** From now on the cluster's time is free, because of a fault of the platform; what came before is charged. */
export async function suspendMeters(
  trx: Transaction<Database>,
  context: Context,
  settlement: Settlement,
  clusterId: string,
  because: string,
): Promise<void> {
  await switchTo(trx, context, settlement, clusterId, because);
}

/** From now on the cluster's time is charged again. */
export async function resumeMeters(
  trx: Transaction<Database>,
  context: Context,
  settlement: Settlement,
  clusterId: string,
): Promise<void> {
  await switchTo(trx, context, settlement, clusterId, null);
}

async function switchTo(
  trx: Transaction<Database>,
  context: Context,
  settlement: Settlement,
  clusterId: string,
  freeBecause: string | null,
): Promise<void> {
  const meters = await openMetersOf(trx, clusterId).execute();
  await read(trx, context, settlement, meters.map(toMeter), context.clock.now());
  await trx
    .updateTable('meter')
    .set({ free_because: freeBecause })
    .where('cluster_id', '=', clusterId)
    .where('closed_at', 'is', null)
    .execute();
}

function openMetersOf(trx: Transaction<Database>, clusterId: string) {
  return trx
    .selectFrom('meter')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('closed_at', 'is', null)
    .orderBy('lease_id')
    .forUpdate();
}

function toMeter(row: Selectable<MeterTable>): Meter {
  return {
    row,
    ...tariffOf(row),
    meteredUntil: row.metered_until,
    chargedMs: Number(row.charged_ms),
    freeBecause: row.free_because,
  };
}

/** Writes the windows of one cluster's locked meters up to `until`, has them paid, and moves the meters on. */
async function read(
  trx: Transaction<Database>,
  context: Context,
  settlement: Settlement,
  meters: Meter[],
  until: Date,
): Promise<number> {
  const due = meters.filter((meter) => meter.meteredUntil < until);
  const first = due[0];
  if (!first) return 0;
  const payer = {
    clusterId: first.row.cluster_id,
    organizationId: first.row.organization_id,
    currency: first.row.currency,
  };
  const paidUntil = affordableUntil(due, until, await settlement.funds(trx, payer));
  const readings = due.map((meter) => ({ meter, ...cut(meter, meter, until, paidUntil) }));
  const windows = readings.flatMap(({ meter, windows }) =>
    windows.map((window) => ({ ...window, row: meter.row, id: context.ids.next('usageWindow') })),
  );
  const total = sum(windows.map((window) => window.charge));
  const transactionId =
    total === 0n
      ? null
      : await settlement.charge(trx, context, {
          ...payer,
          reference: `usage:${windows[0]!.id}`,
          charge: total,
          fee: sum(windows.map((window) => window.fee)),
          earnings: earnings(windows),
          from: new Date(Math.min(...windows.map((window) => window.from.getTime()))),
          to: until,
        });
  await trx
    .insertInto('usage_window')
    .values(
      windows.map(({ id, row, ...window }) => ({
        id,
        lease_id: row.lease_id,
        worker_id: row.worker_id,
        cluster_id: row.cluster_id,
        organization_id: row.organization_id,
        supplier_organization_id: row.supplier_organization_id,
        during: sql<string>`tstzrange(${window.from}, ${window.to})`,
        devices: row.devices,
        price_micro_usd_per_device_hour: row.price_micro_usd_per_device_hour,
        charge: window.charge,
        fee: window.fee,
        earning: window.earning,
        currency: row.currency,
        free_because: window.freeBecause,
        transaction_id: window.charge === 0n ? null : transactionId,
      })),
    )
    .execute();
  await sql`
    update meter set metered_until = ${until}, charged_ms = reading.charged_ms
    from unnest(${due.map((meter) => meter.row.lease_id)}::text[], ${readings.map(({ reading }) => reading.chargedMs)}::bigint[])
      as reading (lease_id, charged_ms)
    where meter.lease_id = reading.lease_id`.execute(trx);
  return windows.length;
}

function earnings(windows: (Window & { row: Selectable<MeterTable> })[]) {
  const bySupplier = Map.groupBy(windows, (window) => window.row.supplier_organization_id);
  return [...bySupplier].map(([supplierOrganizationId, theirs]) => ({
    supplierOrganizationId,
    amount: sum(theirs.map((window) => window.earning)),
  }));
}

function sum(amounts: bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

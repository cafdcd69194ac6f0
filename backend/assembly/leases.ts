/** Leases: devices of one worker held by one cluster. This file owns their rows from the claim to the release. */
import type { LeaseOutcome, LeaseState } from '@muster/common';
import {
  type Context,
  type Database,
  type Kysely,
  type LeaseTable,
  type Selectable,
  sql,
  type Transaction,
} from '@muster/db';

export interface Lease {
  id: string;
  clusterId: string;
  workerId: string;
  organizationId: string;
  supplierOrganizationId: string;
  rank: number;
  devices: number;
  priceMicroUsdPerDeviceHour: bigint;
  feeBasisPoints: number;
  currency: 'USD' | 'SIM';
  state: LeaseState;
  outcome: LeaseOutcome | null;
  /** The pool says that the worker is ready for the customer; else what it waits for. */
  ready: boolean;
  waitingFor: string | null;
  heldAt: Date;
  activeAt: Date | null;
  /** When its end was decided: it is paid until then. */
  letGoAt: Date | null;
  /** The cluster's version at which its end was decided. */
  letGoVersion: number | null;
  /** When the pool had let the worker go, so that others may have it. */
  releasedAt: Date | null;
}

/** Every lease of a cluster that is not released, by rank: those let go too. */
export async function unreleasedLeases(db: Kysely<Database>, clusterId: string): Promise<Lease[]> {
  const rows = await db
    .selectFrom('lease')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('state', '<>', 'released')
    .orderBy('rank')
    .orderBy('id')
    .execute();
  return rows.map(toLease);
}

/** Every lease that a cluster ever had, oldest first. */
export async function leasesOfCluster(db: Kysely<Database>, clusterId: string): Promise<Lease[]> {
  const rows = await db.selectFrom('lease').selectAll().where('cluster_id', '=', clusterId).orderBy('id').execute();
  return rows.map(toLease);
}

/** A worker's leases, newest first; before the given lease, when there is one. */
export async function leasesOfWorker(
  db: Kysely<Database>,
  workerId: string,
  page: { before?: string; limit: number },
): Promise<Lease[]> {
  let query = db.selectFrom('lease').selectAll().where('worker_id', '=', workerId);
  if (page.before) query = query.where('id', '<', page.before);
  const rows = await query.orderBy('id', 'desc').limit(page.limit).execute();
  return rows.map(toLease);
}

/** The leases that hold these workers now. */
export async function leasesHolding(db: Kysely<Database>, workerIds: readonly string[]): Promise<Lease[]> {
  if (workerIds.length === 0) return [];
  const rows = await db
    .selectFrom('lease')
    .selectAll()
    .where('worker_id', '=', sql<string>`any(${workerIds})`)
    .where('state', '<>', 'released')
    .execute();
  return rows.map(toLease);
}

/** The workers on which leases were claimed since. */
export async function takenSince(db: Kysely<Database>, at: Date): Promise<Set<string>> {
  const rows = await db.selectFrom('lease').select('worker_id').where('held_at', '>=', at).execute();
  return new Set(rows.map(({ worker_id }) => worker_id));
}

/** Clusters with leases that were claimed before then and are not active yet. */
export async function clustersWaiting(db: Kysely<Database>, heldBefore: Date): Promise<string[]> {
  const rows = await db
    .selectFrom('lease')
    .select('cluster_id')
    .distinct()
    .where('state', '=', 'held')
    .where('let_go_at', 'is', null)
    .where('held_at', '<=', heldBefore)
    .execute();
  return rows.map(({ cluster_id }) => cluster_id);
}

/** How many devices an organization leases now. */
export async function leasedDevices(db: Kysely<Database>, organizationId: string): Promise<number> {
  const { devices } = await db
    .selectFrom('lease')
    .where('organization_id', '=', organizationId)
    .where('state', '<>', 'released')
    .select(({ fn }) => fn.coalesce(fn.sum<bigint>('devices'), sql<bigint>`0`).as('devices'))
    .executeTakeFirstOrThrow();
  return Number(devices);
}

/** What the pool says of leases: readiness and, until then, what they wait for. Only what differs is written. */
export async function noteReadiness(
  trx: Transaction<Database>,
  notes: readonly { leaseId: string; ready: boolean; waitingFor: string | null }[],
): Promise<void> {
  if (notes.length === 0) return;
  await sql`
    update lease set ready = note.ready, waiting_for = note.waiting_for
    from unnest(
      ${notes.map((note) => note.leaseId)}::text[],
      ${notes.map((note) => note.ready)}::boolean[],
      ${notes.map((note) => note.waitingFor)}::text[]
    ) as note (lease_id, ready, waiting_for)
    where lease.id = note.lease_id
      and (lease.ready, lease.waiting_for) is distinct from (note.ready, note.waiting_for)`.execute(trx);
}

/** From `at` on these leases are used and paid. Those that are active already stay so. */
export async function activate(trx: Transaction<Database>, leaseIds: readonly string[], at: Date): Promise<Lease[]> {
  if (leaseIds.length === 0) return [];
  const rows = await trx
    .updateTable('lease')
    .set({ state: 'active', active_at: at })
    .where('id', 'in', leaseIds)
    .where('state', '=', 'held')
    .where('let_go_at', 'is', null)
    .returningAll()
    .execute();
  return rows.map(toLease);
}

/**
 * Decides the end of leases: they are paid until `at`, and released when the pool has let the workers go. Those whose end is decided
 * already stay so.
 *
 * @param order `version` is the cluster's after this change: only a pool that has seen it may have let go for good
 */
export async function letGo(
  trx: Transaction<Database>,
  leaseIds: readonly string[],
  order: { at: Date; version: number; outcome: LeaseOutcome },
): Promise<void> {
  if (leaseIds.length === 0) return;
  await trx
    .updateTable('lease')
    .set({
      let_go_at: order.at,
      let_go_version: order.version,
      outcome: order.outcome,
      ready: false,
      waiting_for: null,
    })
    .where('id', 'in', leaseIds)
    .where('let_go_at', 'is', null)
    .execute();
}

/** The pool holds nothing of these leases any more: their devices are free for others. @returns the workers that became free */
export async function release(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock'>,
  leaseIds: readonly string[],
): Promise<string[]> {
  if (leaseIds.length === 0) return [];
  const at = context.clock.now();
  const rows = await trx
    .updateTable('lease')
    .set({ state: 'released', released_at: at })
    .where('id', 'in', leaseIds)
    .where('state', '<>', 'released')
    .where('let_go_at', 'is not', null)
    .returning(['id', 'worker_id'])
    .execute();
  if (rows.length === 0) return [];
  await sql`
    update lease_device set during = tstzrange(lower(during), greatest(lower(during), ${at}))
    where lease_id = any(${rows.map((row) => row.id)}) and upper_inf(during)`.execute(trx);
  return rows.map((row) => row.worker_id).sort();
}

export function toLease(row: Selectable<LeaseTable>): Lease {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    workerId: row.worker_id,
    organizationId: row.organization_id,
    supplierOrganizationId: row.supplier_organization_id,
    rank: row.rank,
    devices: row.devices,
    priceMicroUsdPerDeviceHour: row.price_micro_usd_per_device_hour,
    feeBasisPoints: row.fee_basis_points,
    currency: row.currency,
    state: row.state,
    outcome: row.outcome,
    ready: row.ready,
    waitingFor: row.waiting_for,
    heldAt: row.held_at,
    activeAt: row.active_at,
    letGoAt: row.let_go_at,
    letGoVersion: row.let_go_version,
    releasedAt: row.released_at,
  };
}

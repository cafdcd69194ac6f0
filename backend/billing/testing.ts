/** For tests: organizations, clusters and leases to move money for, on a database of one's own. */
import { type Actor, createIds, type Ids, ManualClock, scopes } from '@muster/common';
import type { Database } from '@muster/db';
import { type Context, sql, type Transaction } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { type ActiveLease, openMeters } from '@muster/metering';
import { grantCredit } from './credits.ts';
import { holdForCluster } from './holds.ts';

export interface World {
  database: TestDatabase;
  context: Context & { clock: ManualClock };
  operator: Actor;
  actorOf(organizationId: string): Actor;
  /** A new organization with this much credit, in micro-USD. */
  organization(credit?: bigint): Promise<string>;
  /** A cluster whose leases are not metered yet; one worker per supplier named. */
  cluster(organizationId: string, order: ClusterOrder): Promise<{ clusterId: string; leases: ActiveLease[] }>;
  /** Holds one hour of it and opens its meters. */
  run(organizationId: string, order: ClusterOrder): Promise<{ clusterId: string; leases: ActiveLease[] }>;
  transaction<T>(work: (trx: Transaction<Database>) => Promise<T>): Promise<T>;
}

export interface ClusterOrder {
  suppliers: string[];
  /** Per device and hour. */
  price: bigint;
  devices?: number;
  feeBasisPoints?: number;
  simulated?: boolean;
}

export async function createWorld(options: { max?: number } = {}): Promise<World> {
  const database = await createTestDatabase(options);
  const clock = new ManualClock();
  const ids = createIds(clock);
  const context = { db: database.db, clock, ids };
  await sql
    .raw(`insert into organization (id, name, operator, created_at) values ('org_operator', 'Operator', true, '2026-01-01');
      insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at)
        values ('pool_1', 'org_operator', 'p', 'europe', 'DE', 'community', '', '2026-01-01')`)
    .execute(database.db);
  const actorOf = (organizationId: string): Actor => ({
    id: `per_${organizationId}`,
    kind: 'person',
    organizationId,
    scopes: new Set(scopes),
  });
  const operator = actorOf('org_operator');

  const world: World = {
    database,
    context,
    operator,
    actorOf,
    async organization(credit = 0n) {
      const id = ids.next('organization');
      await database.db
        .insertInto('organization')
        .values({ id, name: id, device_quota: null, created_at: clock.now() })
        .execute();
      if (credit > 0n)
        await grantCredit(context, operator, { organizationId: id, amountMicroUsd: credit, reference: id });
      return id;
    },
    async cluster(organizationId, order) {
      const clusterId = ids.next('cluster');
      const leases = order.suppliers.map((supplier) => lease(ids, clock, clusterId, organizationId, supplier, order));
      const { simulated = false } = order;
      const price = hourly(order);
      await sql`insert into cluster (id, organization_id, name, kind, state, request, simulated, workers, devices_per_worker,
          price_micro_usd_per_hour, created_at, state_at, progress_at, nudged_at)
        values (${clusterId}, ${organizationId}, 'c', 'container', 'running', '{}', ${simulated}, ${leases.length}, 1, ${price}, now(), now(), now(), now())`.execute(
        database.db,
      );
      for (const [rank, lease] of leases.entries()) {
        await sql`insert into worker (id, organization_id, pool_id, name, node_name, origin, status, readiness, country, region, created_at)
          values (${lease.workerId}, ${lease.supplierOrganizationId}, 'pool_1', ${lease.workerId}, ${lease.workerId},
            ${simulated ? 'simulated' : 'community'}, 'running', 'hired', 'DE', 'europe', now())`.execute(database.db);
        await sql`insert into lease (id, cluster_id, worker_id, organization_id, supplier_organization_id, rank, devices,
            price_micro_usd_per_device_hour, fee_basis_points, currency, state, held_at, active_at)
          values (${lease.id}, ${clusterId}, ${lease.workerId}, ${organizationId}, ${lease.supplierOrganizationId}, ${rank}, ${lease.devices},
            ${lease.priceMicroUsdPerDeviceHour}, ${lease.feeBasisPoints}, ${lease.currency}, 'active', now(), ${lease.activeAt})`.execute(
          database.db,
        );
      }
      return { clusterId, leases };
    },
    async run(organizationId, order) {
      const made = await world.cluster(organizationId, order);
      await world.transaction(async (trx) => {
        await holdForCluster(trx, context, {
          clusterId: made.clusterId,
          organizationId,
          currency: order.simulated ? 'SIM' : 'USD',
          amount: hourly(order),
          actorId: actorOf(organizationId).id,
        });
        await openMeters(trx, made.leases);
      });
      return made;
    },
    transaction: (work) => database.db.transaction().execute(work),
  };
  return world;
}

function hourly(order: ClusterOrder): bigint {
  return order.price * BigInt((order.devices ?? 1) * order.suppliers.length);
}

function lease(
  ids: Ids,
  clock: ManualClock,
  clusterId: string,
  organizationId: string,
  supplierOrganizationId: string,
  order: ClusterOrder,
): ActiveLease {
  return {
    id: ids.next('lease'),
    clusterId,
    organizationId,
    supplierOrganizationId,
    workerId: ids.next('worker'),
    devices: order.devices ?? 1,
    priceMicroUsdPerDeviceHour: order.price,
    feeBasisPoints: order.feeBasisPoints ?? 200,
    currency: order.simulated ? 'SIM' : 'USD',
    activeAt: clock.now(),
  };
}

/** For tests of clusters and of what stands on them: a database of one's own with customers, supply, and a pool that reports. */
import { setTimeout as delay } from 'node:timers/promises';
import { leasesOfCluster, unreleasedLeases } from '@muster/assembly';
import { balanceOf, grantCredit } from '@muster/billing';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, createIds, ManualClock, scopes } from '@muster/common';
import { type Context, type Insertable, sql, type WorkerTable } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { adminTerminateCluster } from './manage.ts';
import { observeCluster } from './observe.ts';
import { adminGetCluster, adminListClusters } from './read.ts';
import type { ClusterObserved } from './reports.ts';
import type { ClusterRequest } from './request.ts';
import type { Cluster } from './row.ts';

export const model = 'nvidia-l4';
export const usd = (amount: number): bigint => BigInt(Math.round(amount * 1_000_000));

type Report = Omit<ClusterObserved, 'clusterId' | 'version' | 'observedAt'>;

export class World {
  readonly database: TestDatabase;
  readonly context: Context & { clock: ManualClock };

  static async create(options: { max?: number } = {}): Promise<World> {
    const world = new World(await createTestDatabase(options));
    await world.#found();
    return world;
  }

  constructor(database: TestDatabase) {
    const clock = new ManualClock();
    this.database = database;
    this.context = { db: database.db, clock, ids: createIds(clock) };
  }

  async #found(): Promise<void> {
    await sql
      .raw(`insert into organization (id, name, operator, created_at) values
          ('org_operator', 'Operator', true, '2026-01-01'), ('org_supplier', 'Supplier', false, '2026-01-01');
        insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at) values
          ('pool_a', 'org_operator', 'a', 'europe', 'DE', 'community', '', '2026-01-01'),
          ('pool_b', 'org_operator', 'b', 'europe', 'FR', 'community', '', '2026-01-01')`)
      .execute(this.database.db);
    await seedCatalogue(this.context);
  }

  actor(organizationId: string): Actor {
    return { id: `per_${organizationId}`, kind: 'person', organizationId, scopes: new Set(scopes) };
  }

  /** A new organization with so much credit in USD. */
  async customer(credit = 1_000, deviceQuota: number | null = null): Promise<Actor> {
    const id = this.context.ids.next('organization');
    await this.context.db
      .insertInto('organization')
      .values({ id, name: id, device_quota: deviceQuota, created_at: this.context.clock.now() })
      .execute();
    if (credit > 0) {
      await grantCredit(this.context, this.actor('org_operator'), {
        organizationId: id,
        amountMicroUsd: usd(credit),
        reference: id,
      });
    }
    return this.actor(id);
  }

  /** So many free workers with one device each. @returns their ids */
  async supply(count: number, change: Partial<Insertable<WorkerTable>> = {}): Promise<string[]> {
    const { ids, clock, db } = this.context;
    const rows = Array.from({ length: count }, () => {
      const id = ids.next('worker');
      return {
        id,
        organization_id: 'org_supplier',
        pool_id: 'pool_a',
        name: id,
        node_name: id,
        origin: 'community' as const,
        status: 'idle' as const,
        readiness: 'cluster-ready' as const,
        connected: true,
        model_id: model,
        device_count: 1,
        country: 'DE',
        region: 'europe',
        down_mbps: 1_000,
        up_mbps: 1_000,
        connectivity_tier: 'high' as const,
        facts: JSON.stringify({
          hostname: id,
          cpuModel: 'test',
          cpuCores: 8,
          memoryBytes: 64_000_000_000,
          diskBytes: 512_000_000_000,
          gpus: [],
          cudaVersion: '12.4',
        }),
        last_seen_at: clock.now(),
        created_at: clock.now(),
        ...change,
      };
    });
    await db.insertInto('worker').values(rows).execute();
    await db
      .insertInto('device')
      .values(
        rows.flatMap((row) =>
          Array.from({ length: row.device_count }, (_, index) => ({
            id: ids.next('device'),
            worker_id: row.id,
            index,
            model_id: row.model_id ?? model,
          })),
        ),
      )
      .execute();
    return rows.map(({ id }) => id);
  }

  /** Every cluster ends, as its pool says. */
  async endAll(): Promise<void> {
    const { items } = await adminListClusters(this.context, { limit: 200, live: true });
    for (const { id } of items) {
      await adminTerminateCluster(this.context, this.actor('org_operator'), id, { reason: 'the test is over' });
      await this.report(id);
    }
  }

  /** Nobody supplies anything any more. */
  async noSupply(): Promise<void> {
    await this.context.db
      .updateTable('worker')
      .set({ status: 'paused', readiness: 'verified', paused: true })
      .where('readiness', '=', 'cluster-ready')
      .execute();
  }

  request(workers: number, change: Partial<ClusterRequest> = {}): ClusterRequest {
    return { kind: 'container', processor: { modelIds: [model], devicesPerWorker: 1 }, workers, ...change };
  }

  /** The pool reports; without a picture, that everything is as it should be. */
  async report(
    clusterId: string,
    picture: Partial<Report> = {},
    about: { version?: number; observedAt?: Date } = {},
  ): Promise<void> {
    const { db, clock } = this.context;
    clock.advance(1);
    const cluster = await adminGetCluster(this.context, clusterId);
    const hiring = ['provisioning', 'running', 'degraded'].includes(cluster.state);
    const leases = (await unreleasedLeases(db, clusterId)).filter(({ letGoAt }) => letGoAt === null);
    const report = {
      clusterId,
      version: cluster.version,
      observedAt: clock.now(),
      namespaceGone: !hiring,
      leases: leases.map(({ id }) => ({ leaseId: id, phase: 'ready' as const })),
      ...picture,
      ...about,
    };
    await db.transaction().execute((trx) => observeCluster(trx, this.context, report));
  }

  cluster(id: string): Promise<Cluster> {
    return adminGetCluster(this.context, id);
  }

  leases(id: string) {
    return leasesOfCluster(this.context.db, id);
  }

  async balance(actor: Actor, currency: 'USD' | 'SIM' = 'USD') {
    return balanceOf(this.context, actor.organizationId, currency);
  }

  /** Until so many connections of this database wait for a lock. */
  async waiting(count: number): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(this.context.db);
      if (rows[0]!.count >= count) return;
      await delay(5);
    }
  }

  /** The types of a subject's events, in order. */
  async told(id: string): Promise<string[]> {
    const rows = await this.context.db
      .selectFrom('event')
      .select('type')
      .where('subject_id', '=', id)
      .orderBy('seq')
      .execute();
    return rows.map(({ type }) => type.split('.')[1]!);
  }

  drop(): Promise<void> {
    return this.database.drop();
  }
}

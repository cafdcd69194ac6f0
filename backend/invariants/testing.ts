/** A small sound world in Postgres for the tests: a cluster of two workers that has run for a minute and was charged for it. */
import { createIds, systemClock } from '@muster/common';
import { type Context, type Database, type Kysely, sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';

/** An id of the world, such as `clu_01…1`. */
export const idOf = (prefix: string, number = 1) => `${prefix}_${String(number).padStart(26, '0')}`;
export const clusterId = idOf('clu');
export const poolId = idOf('pool');

export async function soundWorld(): Promise<{ database: TestDatabase; context: Context }> {
  const database = await createTestDatabase({ max: 3 });
  await build(database.db);
  return { database, context: { db: database.db, clock: systemClock, ids: createIds(systemClock) } };
}

/** Does what triggers would refuse: it needs no more than to own the tables. */
export async function tamper(db: Kysely<Database>, table: string, statement: string): Promise<void> {
  await sql.raw(`alter table ${table} disable trigger user`).execute(db);
  for (const each of statement.split(';')) await sql.raw(each).execute(db);
}

async function build(db: Kysely<Database>): Promise<void> {
  const [one, two] = [idOf('wrk', 1), idOf('wrk', 2)];
  await db.transaction().execute(async (trx) => {
    const run = (text: string) => sql.raw(text).execute(trx);
    await run(`
      insert into organization (id, name, created_at) values ('org_c', 'Customer', now()), ('org_s', 'Supplier', now());
      insert into hardware_model values ('gpu', 'GPU', 'NVIDIA', 'gpu', 80000, 'Hopper', null, null, 'nvidia.com/gpu', now());
      insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at)
        values ('${poolId}', 'org_s', 'dc', 'europe', 'DE', 'attached', '', now());
      insert into worker (id, organization_id, pool_id, name, node_name, origin, status, readiness, connected, model_id,
          device_count, country, region, created_at)
        select id, 'org_s', '${poolId}', id, id, 'attached', 'running', 'hired', true, 'gpu', 1, 'DE', 'europe', now()
        from unnest(array['${one}', '${two}']) as id;
      insert into device values ('dev_1', '${one}', 0, 'gpu', null), ('dev_2', '${two}', 0, 'gpu', null);
      insert into cluster (id, organization_id, pool_id, name, kind, state, version, state_at, progress_at, nudged_at, request,
          simulated, workers, devices_per_worker, price_micro_usd_per_hour, created_at, running_since)
        values ('${clusterId}', 'org_c', '${poolId}', 'c', 'container', 'running', 2, now(), now(), now(), '{}',
          false, 2, 1, 7200000, now(), now() - interval '1 minute');
      insert into lease (id, cluster_id, worker_id, organization_id, supplier_organization_id, rank, devices,
          price_micro_usd_per_device_hour, fee_basis_points, currency, state, held_at, active_at)
        values ('lea_1', '${clusterId}', '${one}', 'org_c', 'org_s', 0, 1, 3600000, 200, 'USD', 'active', now() - interval '2 minutes', now() - interval '1 minute'),
          ('lea_2', '${clusterId}', '${two}', 'org_c', 'org_s', 1, 1, 3600000, 200, 'USD', 'active', now() - interval '2 minutes', now() - interval '1 minute');
      insert into lease_device select 'lea_' || n, 'dev_' || n, tstzrange(now() - interval '2 minutes', null) from generate_series(1, 2) as n;
      insert into task (id, cluster_id, organization_id, name, image, command, arguments, environment, ranks, state, created_at)
        values ('tsk_1', '${clusterId}', 'org_c', 't', 'i', '{}', '{}', '{}', 2, 'queued', now());
      insert into event (id, organization_id, subject_kind, subject_id, type, state, version, actor_id, reason, at)
        values ('e1', 'org_c', 'cluster', '${clusterId}', 'cluster.provisioning', 'provisioning', 1, 'x', 'x', now()),
          ('e2', 'org_c', 'cluster', '${clusterId}', 'cluster.running', 'running', 2, 'x', 'x', now()),
          ('e3', 'org_c', 'task', 'tsk_1', 'task.queued', 'queued', 1, 'x', 'x', now()),
          ('e4', 'org_s', 'worker', '${one}', 'worker.running', 'running', 1, 'x', 'x', now()),
          ('e5', 'org_s', 'worker', '${two}', 'worker.running', 'running', 1, 'x', 'x', now()),
          ('e6', 'org_s', 'pool', '${poolId}', 'pool.attached', 'active', 1, 'x', 'x', now());
      insert into ledger_account (id, organization_id, kind, currency, floor, created_at)
        values ('balance', 'org_c', 'balance', 'USD', 0, now()), ('hold', 'org_c', 'hold', 'USD', 0, now()),
          ('earning', 'org_s', 'earning', 'USD', 0, now()), ('fee', null, 'fee', 'USD', null, now()),
          ('grant', null, 'grant', 'USD', null, now());
      insert into ledger_transaction (id, reference, kind, description, actor_id, cluster_id, at)
        values ('ltx_1', 'credit', 'credit', '', 'x', null, now()), ('ltx_2', 'hold', 'hold', '', 'x', '${clusterId}', now()),
          ('ltx_3', 'usage', 'usage', '', 'x', '${clusterId}', now());
      insert into ledger_entry (transaction_id, account_id, amount, currency)
        values ('ltx_1', 'grant', -10000000, 'USD'), ('ltx_1', 'balance', 10000000, 'USD'),
          ('ltx_2', 'balance', -7200000, 'USD'), ('ltx_2', 'hold', 7200000, 'USD'),
          ('ltx_3', 'hold', -120000, 'USD'), ('ltx_3', 'earning', 117600, 'USD'), ('ltx_3', 'fee', 2400, 'USD');
      insert into hold (id, organization_id, cluster_id, currency, reserve, amount, captured, state, created_at)
        values ('hol_1', 'org_c', '${clusterId}', 'USD', 7200000, 7200000, 120000, 'pending', now());
      insert into meter (lease_id, cluster_id, organization_id, supplier_organization_id, worker_id, devices,
          price_micro_usd_per_device_hour, fee_basis_points, currency, opened_at, metered_until, charged_ms)
        select id, cluster_id, organization_id, supplier_organization_id, worker_id, 1, 3600000, 200, 'USD',
          active_at, active_at + interval '1 minute', 60000 from lease;
      insert into usage_window (id, lease_id, worker_id, cluster_id, organization_id, supplier_organization_id, during, devices,
          price_micro_usd_per_device_hour, charge, fee, earning, currency, transaction_id)
        select 'win_' || part || lease_id, lease_id, worker_id, cluster_id, organization_id, supplier_organization_id,
          tstzrange(opened_at + part * interval '30 seconds', opened_at + (part + 1) * interval '30 seconds'), 1, 3600000,
          30000, 600, 29400, 'USD', 'ltx_3'
        from meter, generate_series(0, 1) as part`);
  });
}

/** The guarantees that the database itself keeps, whatever the code above it does. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { onlyOne } from './locks.ts';
import { migrate } from './migrate.ts';
import { createTestDatabase, type TestDatabase } from './testing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await sql
    .raw(`
    insert into organization (id, name, created_at) values ('org_c', 'customer', now()), ('org_s', 'supplier', now());
    insert into hardware_model (id, name, vendor, kind, memory_mb, architecture, resource_name, created_at)
      values ('m', 'M', 'V', 'gpu', 1, 'a', 'nvidia.com/gpu', now());
    insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at)
      values ('pool_1', 'org_s', 'p', 'eu', 'DE', 'attached', '', now());
    insert into worker (id, organization_id, pool_id, name, node_name, origin, status, readiness, country, region, created_at)
      select 'wrk_' || n, 'org_s', 'pool_1', 'w', 'node-' || n, 'attached', 'idle', 'cluster-ready', 'DE', 'eu', now() from generate_series(1, 2) n;
    insert into device (id, worker_id, index, model_id) values ('dev_1', 'wrk_1', 0, 'm');
    insert into cluster (id, organization_id, name, kind, state, request, simulated, workers, devices_per_worker, price_micro_usd_per_hour, created_at, state_at, progress_at, nudged_at)
      values ('clu_1', 'org_c', 'c', 'container', 'running', '{}', false, 1, 1, 1, now(), now(), now(), now());
    insert into lease (id, cluster_id, worker_id, organization_id, supplier_organization_id, rank, devices, price_micro_usd_per_device_hour, fee_basis_points, currency, state, held_at)
      select 'lea_' || n, 'clu_1', 'wrk_' || n, 'org_c', 'org_s', n, 1, 1, 200, 'USD', 'held', now() from generate_series(1, 2) n;
    insert into ledger_account (id, organization_id, kind, currency, floor, created_at)
      values ('acc_c', 'org_c', 'balance', 'USD', 0, now()), ('acc_g', null, 'grant', 'USD', null, now()),
             ('acc_sim', 'org_c', 'balance', 'SIM', null, now());`)
    .execute(database.db);
});
afterAll(() => database.drop());

/** Runs statements in one transaction. */
const run = (...statements: string[]) =>
  database.db.transaction().execute(async (trx) => {
    for (const statement of statements) await sql.raw(statement).execute(trx);
  });

const transaction = (id: string) =>
  `insert into ledger_transaction (id, reference, kind, description, actor_id, at) values ('${id}', '${id}', 'test', 'test', 'test', now())`;
const entry = (id: string, account: string, amount: number, currency = 'USD') =>
  `insert into ledger_entry (transaction_id, account_id, amount, currency) values ('${id}', '${account}', ${amount}, '${currency}')`;
const usageWindow = (id: string, from: number, to: number, earning = 98) =>
  `insert into usage_window (id, lease_id, worker_id, cluster_id, organization_id, supplier_organization_id, during, devices, price_micro_usd_per_device_hour, charge, fee, earning, currency, transaction_id)
   values ('${id}', 'lea_1', 'wrk_1', 'clu_1', 'org_c', 'org_s', tstzrange(timestamptz '2026-01-01' + interval '${from} s', timestamptz '2026-01-01' + interval '${to} s'), 1, 1, 100, 2, ${earning}, 'USD', 't7')`;
const leaseDevice = (lease: string, from: string, to: string) =>
  `insert into lease_device (lease_id, device_id, during) values ('${lease}', 'dev_1', tstzrange('${from}', ${to}))`;

describe('the database', () => {
  test('invariant 1: a device is in at most one live lease', async () => {
    await run(leaseDevice('lea_1', '2026-01-01', 'null'));
    await expect(run(leaseDevice('lea_2', '2026-01-02', 'null'))).rejects.toThrow('device_leased_once');
    await run("update lease_device set during = tstzrange(lower(during), '2026-01-02') where lease_id = 'lea_1'");
    await run(leaseDevice('lea_2', '2026-01-02', 'null'));
  });

  test('invariant 5: a ledger transaction that does not sum to zero, or has no entry, does not commit', async () => {
    await expect(run(transaction('t1'), entry('t1', 'acc_c', 5), entry('t1', 'acc_g', -4))).rejects.toThrow('zero');
    await expect(run(transaction('t2'))).rejects.toThrow('no entries');
    await expect(run(transaction('t3'), entry('t3', 'acc_sim', 5, 'SIM'), entry('t3', 'acc_g', -5))).rejects.toThrow(
      'zero',
    );
    await expect(run(transaction('t4'), entry('t4', 'acc_g', 5, 'SIM'))).rejects.toThrow('does not hold');
  });

  test('invariant 5: entries and transactions are never changed or deleted, and a balance moves only by entries', async () => {
    await run(transaction('t5'), entry('t5', 'acc_c', 10), entry('t5', 'acc_g', -10));
    await expect(run('update ledger_entry set amount = 11')).rejects.toThrow('append-only');
    await expect(run('delete from ledger_entry')).rejects.toThrow('append-only');
    await expect(run('truncate ledger_entry cascade')).rejects.toThrow('append-only');
    await expect(run("delete from ledger_transaction where id = 't5'")).rejects.toThrow('append-only');
    await expect(run("update ledger_account set balance = 1000 where id = 'acc_c'")).rejects.toThrow('only by entries');
  });

  test('invariant 6: a balance does not go below its floor', async () => {
    await expect(run(transaction('t6'), entry('t6', 'acc_c', -1_000), entry('t6', 'acc_g', 1_000))).rejects.toThrow(
      'balance_above_floor',
    );
  });

  test('invariant 7: usage windows neither overlap nor leave a gap, and the charge is earning plus fee', async () => {
    await run(
      transaction('t7'),
      entry('t7', 'acc_c', 1),
      entry('t7', 'acc_g', -1),
      `insert into meter (lease_id, cluster_id, organization_id, supplier_organization_id, worker_id, devices, price_micro_usd_per_device_hour, fee_basis_points, currency, opened_at, metered_until)
       values ('lea_1', 'clu_1', 'org_c', 'org_s', 'wrk_1', 1, 1, 200, 'USD', '2026-01-01', '2026-01-01')`,
      usageWindow('w1', 0, 10),
    );
    await expect(run(usageWindow('w2', 5, 15))).rejects.toThrow('window_without_overlap');
    await expect(run(usageWindow('w3', 11, 20))).rejects.toThrow('gap');
    await expect(run(usageWindow('w4', 10, 20, 97))).rejects.toThrow('charge_is_earning_plus_fee');
    await run(usageWindow('w5', 10, 20));
  });

  test('migrations are applied once', async () => {
    expect(await migrate(database.db)).toEqual([]);
  });

  test('what must run once runs once at a time', async () => {
    let release: () => void = () => {};
    let started: () => void = () => {};
    const running = new Promise<void>((resolve) => {
      started = resolve;
    });
    const first = onlyOne(database.db, 'tick', () => {
      started();
      return new Promise<string>((resolve) => {
        release = () => resolve('done');
      });
    });
    await running;
    expect(await onlyOne(database.db, 'tick', async () => 'twice')).toBeUndefined();
    release();
    expect(await first).toBe('done');
    expect(await onlyOne(database.db, 'tick', async () => 'again')).toBe('again');
  });
});

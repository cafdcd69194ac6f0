import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIds, ManualClock } from '@muster/common';
import { type Context, sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { demand, networkNumbers, revenue, supply, unmetDemand, utilisation } from './index.ts';

let database: TestDatabase;
let context: Context;
const day = '2026-03-10';
const at = (time: string) => `${day}T${time}Z`;

/** Two real workers (DE, FR) and a simulated one (JP): each event moves one of them; leases and windows as if billed. */
beforeAll(async () => {
  database = await createTestDatabase();
  const clock = new ManualClock(at('12:00:00'));
  context = { db: database.db, clock, ids: createIds(clock) };
  const stand = (
    id: number,
    time: string,
    status: string,
    readiness: string,
    version: number,
    devices: number,
    country: string,
  ) =>
    `('e${id}${version}', 'org', 'worker', 'w${id}', 'worker.x', '${status}', ${version}, 'x', 'x',
      '{"readiness":"${readiness}","simulated":${id === 3},"modelId":"gpu","deviceCount":${devices},"country":"${country}"}', '${at(time)}')`;
  await sql
    .raw(`
    insert into organization (id, name, created_at) values ('org', 'O', now());
    insert into hardware_model values ('gpu', 'GPU', 'NVIDIA', 'gpu', 80000, 'Hopper', null, null, 'nvidia.com/gpu', now());
    insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at)
      values ('pool', 'org', 'dc', 'europe', 'DE', 'attached', '', now());
    insert into worker (id, organization_id, pool_id, name, node_name, origin, status, readiness, model_id, device_count, country, region, created_at)
      values ('w1', 'org', 'pool', 'w1', 'w1', 'attached', 'running', 'hired', 'gpu', 8, 'DE', 'europe', now()),
        ('w2', 'org', 'pool', 'w2', 'w2', 'attached', 'down', 'verified', 'gpu', 4, 'FR', 'europe', now()),
        ('w3', 'org', 'pool', 'w3', 'w3', 'simulated', 'idle', 'cluster-ready', 'gpu', 100, 'JP', 'asia', now());
    insert into event (id, organization_id, subject_kind, subject_id, type, state, version, actor_id, reason, body, at) values
      ${stand(1, '09:00:00', 'idle', 'cluster-ready', 1, 8, 'DE')}, ${stand(1, '10:30:00', 'running', 'hired', 2, 8, 'DE')},
      ${stand(2, '09:30:00', 'idle', 'cluster-ready', 1, 4, 'FR')}, ${stand(2, '10:15:00', 'down', 'verified', 2, 4, 'FR')},
      ${stand(3, '09:00:00', 'idle', 'cluster-ready', 1, 100, 'JP')};
    insert into cluster (id, organization_id, pool_id, name, kind, state, state_at, progress_at, nudged_at, request, simulated, workers,
        devices_per_worker, price_micro_usd_per_hour, created_at)
      select 'c' || n, 'org', 'pool', 'c', 'container', 'running', now(), now(), now(), '{}', n = 2, 1, 8, 1, '${at('08:00:00')}' from generate_series(1, 2) n;
    insert into lease (id, cluster_id, worker_id, organization_id, supplier_organization_id, rank, devices,
        price_micro_usd_per_device_hour, fee_basis_points, currency, state, held_at, active_at)
      values ('l1', 'c1', 'w1', 'org', 'org', 0, 8, 3600000, 200, 'USD', 'active', '${at('10:30:00')}', '${at('10:30:00')}'),
        ('l2', 'c2', 'w3', 'org', 'org', 0, 100, 3600000, 200, 'SIM', 'active', '${at('10:30:00')}', '${at('10:30:00')}');
    insert into meter (lease_id, cluster_id, organization_id, supplier_organization_id, worker_id, devices,
        price_micro_usd_per_device_hour, fee_basis_points, currency, opened_at, metered_until)
      select id, cluster_id, 'org', 'org', worker_id, devices, 3600000, 200, currency, active_at, active_at from lease;
    insert into ledger_account (id, organization_id, kind, currency, created_at)
      select kind || currency, null, kind, currency, now() from unnest(array['grant', 'fee']) kind, unnest(array['USD', 'SIM']) currency;
    insert into ledger_transaction (id, reference, kind, description, actor_id, cluster_id, at) values ('tx', 'r', 'usage', '', 'x', 'c1', now());
    insert into ledger_entry (transaction_id, account_id, amount, currency) values ('tx', 'grantUSD', -1, 'USD'), ('tx', 'feeUSD', 1, 'USD');
    insert into usage_window (id, lease_id, worker_id, cluster_id, organization_id, supplier_organization_id, during, devices,
        price_micro_usd_per_device_hour, charge, fee, earning, currency, transaction_id)
      values ('u1', 'l1', 'w1', 'c1', 'org', 'org', '[${at('10:30:00')},${at('11:30:00')})', 8, 3600000, 28800000, 576000, 28224000, 'USD', 'tx'),
        ('u2', 'l1', 'w1', 'c1', 'org', 'org', '[${at('11:30:00')},${at('11:45:00')})', 8, 3600000, 7200000, 144000, 7056000, 'USD', 'tx'),
        ('u3', 'l2', 'w3', 'c2', 'org', 'org', '[2026-03-09T23:00:00Z,2026-03-10T01:00:00Z)', 100, 3600000, 720000000, 14400000, 705600000, 'SIM', 'tx');
    insert into unmet_demand (at, organization_id, model_ids, countries, workers, devices, reasons, simulated)
      values ('${at('10:10:00')}', 'org', '{gpu,other}', '{DE,FR}', 2, 16, '[]', false), ('${at('10:20:00')}', 'org', '{gpu}', '{}', 1, 1, '[]', false),
        ('${at('10:20:00')}', 'org', '{gpu}', '{}', 9, 9, '[]', true);
    insert into task (id, cluster_id, organization_id, name, image, command, arguments, environment, ranks, state, created_at, started_at)
      values ('t1', 'c1', 'org', 't', 'i', '{}', '{}', '{}', 1, 'succeeded', now(), '${at('10:40:00')}'), ('t2', 'c1', 'org', 't', 'i', '{}', '{}', '{}', 1, 'queued', now(), null),
        ('t3', 'c2', 'org', 't', 'i', '{}', '{}', '{}', 1, 'failed', now(), '${at('10:40:00')}')`)
    .execute(database.db);
});
afterAll(() => database.drop());

const hours = { bucket: 'hour' as const, from: new Date(at('09:00:00')), to: new Date(at('12:00:00')) };
const brief = <Point extends { at: Date }>(points: Point[]) =>
  points.map(({ at: when, ...point }) => ({ hour: when.getUTCHours(), ...point }));

describe('the public numbers', () => {
  test('count what is real, from rows and windows', async () => {
    const numbers = await networkNumbers(context);
    expect(numbers).toMatchObject({
      simulated: false,
      devices: [{ modelId: 'gpu', country: 'DE', hired: 8, idle: 0 }],
      workersByReadiness: [
        { readiness: 'registered', workers: 0 },
        { readiness: 'verified', workers: 1 },
        { readiness: 'cluster-ready', workers: 0 },
        { readiness: 'hired', workers: 1 },
      ],
      clustersCreated: 1,
      tasksRun: 1,
      revenueMicroUsd: 36_000_000n,
    });
    expect(numbers.days).toHaveLength(30);
    const [today, ...others] = numbers.days.toReversed();
    expect(today).toEqual({ day, deviceHours: 10, clustersCreated: 1, tasksRun: 1, revenueMicroUsd: 36_000_000n });
    expect(others.map((each) => each.deviceHours + each.clustersCreated + each.tasksRun)).toEqual(Array(29).fill(0));
  });

  test('of simulated supply hold nothing real; a window over midnight counts in both days, and its charge in the first', async () => {
    const numbers = await networkNumbers(context, true);
    expect(numbers).toMatchObject({
      simulated: true,
      devices: [{ modelId: 'gpu', country: 'JP', hired: 0, idle: 100 }],
      clustersCreated: 1,
      tasksRun: 1,
      revenueMicroUsd: 720_000_000n,
    });
    expect(numbers.days.slice(-2)).toEqual([
      { day: '2026-03-09', deviceHours: 100, clustersCreated: 0, tasksRun: 0, revenueMicroUsd: 720_000_000n },
      { day, deviceHours: 100, clustersCreated: 1, tasksRun: 1, revenueMicroUsd: 0n },
    ]);
  });
});

describe('the series', () => {
  test('supply is the mean over each bucket of what the events say', async () => {
    expect(brief(await supply(context, hours))).toEqual([
      { hour: 9, modelId: 'gpu', country: 'DE', readyDevices: 8, hiredDevices: 0 },
      { hour: 9, modelId: 'gpu', country: 'FR', readyDevices: 2, hiredDevices: 0 },
      { hour: 10, modelId: 'gpu', country: 'DE', readyDevices: 8, hiredDevices: 4 },
      { hour: 10, modelId: 'gpu', country: 'FR', readyDevices: 1, hiredDevices: 0 },
      { hour: 11, modelId: 'gpu', country: 'DE', readyDevices: 8, hiredDevices: 8 },
    ]);
    expect(brief(await supply(context, { ...hours, simulated: true })).map(({ country }) => country)).toEqual([
      'JP',
      'JP',
      'JP',
    ]);
  });

  test('utilisation is hired over ready, by model and country', async () => {
    expect(brief(await utilisation(context, { ...hours, country: 'DE' }))).toEqual([
      expect.objectContaining({ hour: 9, utilisation: 0, readyDeviceHours: 8 }),
      expect.objectContaining({ hour: 10, utilisation: 0.5, hiredDeviceHours: 4 }),
      expect.objectContaining({ hour: 11, utilisation: 1 }),
    ]);
  });

  test('demand is what was leased, unmet demand what was refused, real and simulated apart', async () => {
    expect(brief(await demand(context, hours))).toEqual([
      { hour: 10, modelId: 'gpu', country: 'DE', clusters: 1, devices: 8 },
    ]);
    expect(brief(await unmetDemand(context, hours))).toEqual([
      { hour: 10, modelId: 'gpu', country: null, requests: 1, workers: 1, devices: 1 },
      { hour: 10, modelId: 'gpu', country: 'DE', requests: 1, workers: 2, devices: 16 },
    ]);
  });

  test('revenue is the sum of the windows, exactly', async () => {
    const points = await revenue(context, { ...hours, bucket: 'hour' });
    expect(brief(points)).toEqual([
      {
        hour: 10,
        modelId: 'gpu',
        country: 'DE',
        currency: 'USD',
        chargeMicroUsd: 28_800_000n,
        feeMicroUsd: 576_000n,
        earningMicroUsd: 28_224_000n,
      },
      {
        hour: 11,
        modelId: 'gpu',
        country: 'DE',
        currency: 'USD',
        chargeMicroUsd: 7_200_000n,
        feeMicroUsd: 144_000n,
        earningMicroUsd: 7_056_000n,
      },
    ]);
    const [whole] = await revenue(context, { bucket: 'day' });
    expect(whole).toMatchObject({ at: new Date(at('00:00:00')), chargeMicroUsd: 36_000_000n });
    expect((await revenue(context, { bucket: 'day', simulated: true }))[0]).toMatchObject({ currency: 'SIM' });
  });

  test('a model or a country narrows them, and an unreasonable range is refused', async () => {
    expect(await supply(context, { ...hours, modelId: 'other' })).toEqual([]);
    const years = { bucket: 'hour' as const, from: new Date('2020-01-01') };
    await expect(supply(context, years)).rejects.toMatchObject({ code: 'invalid_request' });
    const future = { bucket: 'day' as const, from: new Date('2027-01-01') };
    await expect(revenue(context, future)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

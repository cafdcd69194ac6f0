import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { recordAudit } from '@muster/audit';
import { ManualClock } from '@muster/common';
import type { Context } from '@muster/db';
import { sql } from '@muster/db';
import type { TestDatabase } from '@muster/db/testing';
import { checkInvariants } from './check.ts';
import { shortTransactions } from './database.ts';
import type { HeldObject } from './pools.ts';
import { clusterId, idOf, poolId, soundWorld, tamper } from './testing.ts';

let database: TestDatabase;
let context: Context;
beforeEach(async () => {
  ({ database, context } = await soundWorld());
});
afterEach(() => database.drop());

/** The numbers of the broken invariants, with the ids of their offenders. */
async function broken(pools: Parameters<typeof checkInvariants>[1]['pools'] = []) {
  const invariants = await checkInvariants(context, { pools });
  return Object.fromEntries(
    invariants.filter(({ held }) => !held).map(({ number, offenders }) => [number, offenders.map(({ id }) => id)]),
  );
}

describe('the walk over the invariants', () => {
  test('finds nothing in a sound world, and names all thirteen', async () => {
    const held: HeldObject[] = [{ clusterId, object: 'namespace/c', createdAt: new Date(0) }];
    const invariants = await checkInvariants(context, { pools: [{ poolId, held: async () => held }] });
    expect(invariants.filter(({ held: holds }) => !holds)).toEqual([]);
    expect(invariants.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
  });

  const worker = idOf('wrk');
  test.each<[string, number, string, string, string]>([
    [
      'a device in two leases',
      1,
      'dev_1',
      'lease_device',
      "alter table lease_device drop constraint device_leased_once; insert into lease_device values ('lea_2', 'dev_1', tstzrange(now(), null))",
    ],
    ['a lease without its devices', 1, 'lea_1', 'lease_device', "delete from lease_device where lease_id = 'lea_1'"],
    [
      'devices kept by a released lease',
      1,
      'lea_1',
      'lease',
      "update lease set state = 'released', outcome = 'completed', let_go_at = now(), let_go_version = 1, released_at = now() where id = 'lea_1'",
    ],
    [
      'a free worker with a lease',
      1,
      worker,
      'worker',
      `update worker set readiness = 'cluster-ready' where id = '${worker}'`,
    ],
    ['a running cluster that lacks a worker', 2, clusterId, 'cluster', 'update cluster set workers = 3'],
    ['an ended cluster that holds workers', 2, clusterId, 'cluster', "update cluster set state = 'terminated'"],
    ['a state that no event tells of', 3, clusterId, 'cluster', "update cluster set state = 'degraded'"],
    ['a version that no event tells of', 3, worker, 'worker', `update worker set version = 2 where id = '${worker}'`],
    ['a missing event', 3, 'tsk_1', 'event', "delete from event where id = 'e3'"],
    [
      'a message that nobody sends',
      4,
      'stuck',
      'outbox',
      "insert into outbox (message_id, exchange, routing_key, type, body, created_at) values ('stuck', 'e', 'k', 't', '{}', now() - interval '5 minutes')",
    ],
    [
      'a transaction that does not sum to zero',
      5,
      'ltx_1',
      'ledger_entry',
      "delete from ledger_entry where account_id = 'grant'",
    ],
    [
      'a balance that is not the sum of its entries',
      5,
      'balance',
      'ledger_account',
      "update ledger_account set balance = balance + 1 where id = 'balance'",
    ],
    ['a hold that its account does not cover', 5, 'hold', 'hold', 'update hold set amount = amount + 1'],
    [
      'a balance below its floor',
      6,
      'balance',
      'ledger_account',
      "alter table ledger_account drop constraint balance_above_floor; update ledger_account set floor = balance + 1 where id = 'balance'",
    ],
    [
      'a gap between windows',
      7,
      'win_1lea_1',
      'usage_window',
      "update usage_window set during = tstzrange(lower(during) + interval '1 second', upper(during)) where id = 'win_1lea_1'",
    ],
    [
      'a charge that cannot be derived',
      7,
      'lea_1',
      'usage_window',
      "update usage_window set charge = charge + 1, earning = earning + 1 where id = 'win_0lea_1'",
    ],
    [
      'a lease of another customer than its cluster',
      8,
      'lea_1',
      'lease',
      "update lease set organization_id = 'org_s' where id = 'lea_1'",
    ],
    ['an event told to a stranger', 8, 'e1', 'event', "update event set organization_id = 'org_s' where id = 'e1'"],
    [
      'a simulated worker paid in dollars',
      11,
      'lea_1',
      'worker',
      `update worker set origin = 'simulated' where id = '${worker}'`,
    ],
    ['a simulated cluster in the ledger', 11, 'ltx_3', 'cluster', 'update cluster set simulated = true'],
    ['an event of the future', 12, 'e1', 'event', "update event set at = now() + interval '1 minute' where id = 'e1'"],
  ])('finds %s', async (_, number, offender, table, statement) => {
    await tamper(context.db, table, statement);
    expect((await broken())[number]).toContain(offender);
  });

  test('finds an audit entry that was changed', async () => {
    const entry = {
      at: context.clock.now(),
      requestId: 'req_1',
      actorId: 'per_1',
      organizationId: 'org_c',
      method: 'POST',
      path: '/v1/clusters',
      ip: '192.0.2.1',
      outcome: '201',
      details: {},
    };
    await recordAudit(context, [entry, { ...entry, requestId: 'req_2' }]);
    expect(await broken()).toEqual({});
    await tamper(context.db, 'audit_event', "update audit_event set actor_id = 'per_2' where seq = 1");
    expect(await broken()).toEqual({ 13: ['audit entry 1'] });
  });

  test('finds a process whose clock is wrong', async () => {
    context.clock = new ManualClock(new Date(Date.now() - 60_000));
    expect(Object.keys(await broken())).toEqual(['12']);
  });

  test('finds a transaction that stays open', async () => {
    await context.db.transaction().execute(async (open) => {
      await sql`select 1`.execute(open);
      const found = await context.db.transaction().execute((trx) => shortTransactions(trx, 0));
      expect(found).toEqual([expect.objectContaining({ id: expect.stringMatching(/^backend \d+$/) })]);
    });
  });

  test('finds what lives in a pool without a live cluster, after one resync', async () => {
    const old = new Date(Date.now() - 120_000);
    const object = (of: string, createdAt = old): HeldObject => ({
      clusterId: of,
      object: `namespace/${of}`,
      createdAt,
    });
    const other = idOf('clu', 9);
    const hold = (...objects: HeldObject[]) => [{ poolId, held: async () => objects }];
    expect(await broken(hold(object(clusterId), object(other, new Date())))).toEqual({});
    expect(await broken(hold(object(other)))).toEqual({ 10: [`${poolId} namespace/${other}`] });
    expect(Object.keys(await broken([{ poolId: 'pool_other', held: async () => [object(clusterId)] }]))).toEqual([
      '10',
    ]);
    const away = async () => Promise.reject(new Error('connection refused'));
    expect(await broken([{ poolId, held: away }])).toEqual({ 10: [poolId] });
  });

  test('gives what ended one resync to disappear', async () => {
    const held = [{ clusterId, object: 'namespace/c', createdAt: new Date(0) }];
    const pools = [{ poolId, held: async () => held }];
    const end = (ago: string) => sql.raw(`update cluster set ended_at = now() - interval '${ago}'`).execute(context.db);
    await end('10 seconds');
    expect((await broken(pools))[10]).toBeUndefined();
    await end('2 minutes');
    expect((await broken(pools))[10]).toEqual([`${poolId} namespace/c`]);
  });
});

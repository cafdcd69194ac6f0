import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { listInvoices, settlement } from '@muster/billing';
import { type Actor, hourMs, minuteMs } from '@muster/common';
import { sql } from '@muster/db';
import { closeWindows, usageOf } from '@muster/metering';
import { detachPool } from '@muster/workers';
import {
  createCluster,
  defaultPolicy,
  endStranded,
  enforceSpendingCaps,
  failStuck,
  repairDue,
  scaleCluster,
  terminateCluster,
  undoStuckScaling,
  workerLost,
} from './index.ts';
import type { ClusterRequest } from './request.ts';
import { usd, World } from './testing.ts';

let world: World;
let actor: Actor;
beforeAll(async () => {
  world = await World.create();
});
beforeEach(async () => {
  await world.endAll();
  await world.noSupply();
  actor = await world.customer();
});
afterAll(() => world.drop());

async function start(workers: number, { spare = 0, pool = 'pool_a', ...change }: Start = {}): Promise<string> {
  await world.supply(workers + spare, { pool_id: pool });
  const { id } = await createCluster(world.context, actor, { request: world.request(workers, change) });
  await world.report(id);
  return id;
}
type Start = Partial<ClusterRequest> & { spare?: number; pool?: string };

const live = async (id: string) => (await world.leases(id)).filter(({ letGoAt }) => letGoAt === null);
const heldMoney = async () => (await world.balance(actor)).heldMicroUsd;

describe('two at once', () => {
  test('a cluster ends while its meters are read: neither gives way to the other', async () => {
    const id = await start(1);
    world.context.clock.advance(10 * minuteMs);
    let ended: Promise<unknown> | undefined;
    const interrupted: typeof settlement = {
      ...settlement,
      async funds(trx, payer) {
        const funds = await settlement.funds(trx, payer);
        ended = terminateCluster(world.context, actor, id);
        await world.waiting(1);
        return funds;
      },
    };
    await closeWindows(world.context, interrupted);
    await ended;
    await world.report(id);
    expect((await world.cluster(id)).state).toBe('terminated');
    const [usage] = await usageOf(world.context.db, id);
    expect(usage!.chargedMs).toBe(10 * minuteMs);
  });

  test('two who scale down at once leave as many workers as the cluster says', async () => {
    const id = await start(3);
    let asked: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await world.context.db.transaction().execute(async (trx) => {
      await trx.selectFrom('cluster').select('id').where('id', '=', id).forNoKeyUpdate().execute();
      const first = scaleCluster(world.context, actor, id, { workers: 1 });
      await world.waiting(1);
      const second = scaleCluster(world.context, actor, id, { workers: 2 });
      asked = Promise.allSettled([first, second]);
      await world.waiting(2);
    });
    expect((await asked!).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await live(id)).toHaveLength((await world.cluster(id)).workers);
  });
});

describe('the hold', () => {
  test('is one hour of what the cluster is now, however often it was scaled', async () => {
    const id = await start(1, { spare: 2 });
    for (let times = 0; times < 3; times++) {
      await scaleCluster(world.context, actor, id, { workers: 3 });
      await world.report(id);
      const { priceMicroUsdPerHour } = await scaleCluster(world.context, actor, id, { workers: 1 });
      await world.report(id);
      expect(await heldMoney()).toBe(priceMicroUsdPerHour);
    }
    const { priceMicroUsdPerHour } = await world.cluster(id);
    await scaleCluster(world.context, actor, id, { workers: 2 });
    world.context.clock.advance(defaultPolicy.stuckMs);
    await undoStuckScaling(world.context);
    expect(await heldMoney()).toBe(priceMicroUsdPerHour);
  });
});

describe('an end', () => {
  test('gives the money back and bills at once, whether the pool ever answers or not', async () => {
    const id = await start(1);
    world.context.clock.advance(hourMs);
    const { priceMicroUsdPerHour } = await world.cluster(id);
    await terminateCluster(world.context, actor, id);
    expect(await world.balance(actor)).toMatchObject({
      balanceMicroUsd: usd(1_000) - priceMicroUsdPerHour,
      heldMicroUsd: 0n,
    });
    const { items } = await listInvoices(world.context, actor, { limit: 10 });
    expect(items).toMatchObject([{ clusterId: id, totalMicroUsd: priceMicroUsdPerHour }]);
  });
});

describe('workers that scaling adds', () => {
  test('and that are lost before they run do not disturb the others, and are replaced', async () => {
    const id = await start(1, { spare: 2 });
    await scaleCluster(world.context, actor, id, { workers: 2 });
    await workerLost(world.context, (await live(id))[1]!.workerId, 'down');
    expect((await world.cluster(id)).state).toBe('running');
    expect(await repairDue(world.context)).toBe(1);
    await world.report(id);
    expect((await live(id)).map(({ state }) => state)).toEqual(['active', 'active']);
  });

  test('and that are lost without a replacement are given back, and the cluster goes on', async () => {
    const id = await start(1, { spare: 1 });
    const { priceMicroUsdPerHour } = await world.cluster(id);
    await scaleCluster(world.context, actor, id, { workers: 2 });
    await workerLost(world.context, (await live(id))[1]!.workerId, 'down');
    world.context.clock.advance(defaultPolicy.repairPatienceMs);
    await repairDue(world.context);
    expect(await world.cluster(id)).toMatchObject({ state: 'running', workers: 1, priceMicroUsdPerHour });
    expect(await heldMoney()).toBe(priceMicroUsdPerHour);
    await workerLost(world.context, (await live(id))[0]!.workerId, 'down');
    await repairDue(world.context);
    expect((await world.cluster(id)).state).toBe('degraded');
  });

  test('and that are lost while it is scaled down again are still replaced', async () => {
    const id = await start(1, { spare: 4 });
    await scaleCluster(world.context, actor, id, { workers: 4 });
    await workerLost(world.context, (await live(id))[2]!.workerId, 'down');
    await scaleCluster(world.context, actor, id, { workers: 3 });
    expect(await repairDue(world.context)).toBe(1);
    await world.report(id);
    const { priceMicroUsdPerHour } = await world.cluster(id);
    expect((await live(id)).map(({ rank }) => rank).sort()).toEqual([0, 1, 2]);
    expect(await heldMoney()).toBe(priceMicroUsdPerHour);
  });

  test('a job is not scaled: its task needs the workers that it has', async () => {
    const id = await start(2, { kind: 'job', image: 'train', spare: 1 });
    for (const workers of [1, 3]) {
      await expect(scaleCluster(world.context, actor, id, { workers })).rejects.toMatchObject({
        code: 'illegal_transition',
      });
    }
  });
});

describe('coming up', () => {
  test('an image that cannot be pulled, again and again, is no progress', async () => {
    await world.supply(1);
    const { id } = await createCluster(world.context, actor, { request: world.request(1, { image: 'nowhere/x' }) });
    const [lease] = await live(id);
    for (let minute = 0; minute <= 12; minute++) {
      const reason = ['pulls the image', 'ErrImagePull: no answer', 'ImagePullBackOff: back-off'][minute % 3]!;
      await world.report(id, { leases: [{ leaseId: lease!.id, phase: 'pending', reason }] });
      await failStuck(world.context);
      world.context.clock.advance(minuteMs);
    }
    expect((await world.cluster(id)).state).toBe('failed');
  });
});

describe('a pool that is detached', () => {
  const detach = (poolId: string) => detachPool(world.context, world.actor('org_operator'), poolId);
  const pool = async () => {
    const id = world.context.ids.next('pool');
    await sql`insert into pool (id, organization_id, name, region, country, kind, kubeconfig_encrypted, created_at)
      values (${id}, 'org_operator', ${id}, 'europe', 'DE', 'attached', '', now())`.execute(world.context.db);
    return id;
  };

  test('leaves no cluster and no money behind', async () => {
    const poolId = await pool();
    const id = await start(1, { pool: poolId });
    const untouched = await start(1);
    await workerLost(world.context, (await live(id))[0]!.workerId, 'down');
    await world.report(id, { leases: [] });
    await detach(poolId);
    await endStranded(world.context);
    expect(await world.cluster(id)).toMatchObject({
      state: 'failed',
      endedBecause: expect.stringContaining('detached'),
    });
    expect(await heldMoney()).toBe((await world.cluster(untouched)).priceMicroUsdPerHour);
    expect((await world.cluster(untouched)).state).toBe('running');
  });

  test('can be one that went dark: its workers are let go, and its clusters end', async () => {
    const poolId = await pool();
    const id = await start(1, { pool: poolId });
    await terminateCluster(world.context, actor, id);
    await expect(detach(poolId)).rejects.toMatchObject({ code: 'conflict' });
    await sql`update worker set connected = false, status = 'down' where pool_id = ${poolId}`.execute(world.context.db);
    await detach(poolId);
    await endStranded(world.context);
    expect((await world.cluster(id)).state).toBe('terminated');
    expect((await world.leases(id)).map(({ state }) => state)).toEqual(['released']);
    expect(await heldMoney()).toBe(0n);
  });
});

describe('a spending cap', () => {
  test('counts the time that is not metered yet', async () => {
    const id = await start(1, { time: { hours: 1 }, priceGuard: { spendingCapMicroUsd: usd(100) } });
    const { priceMicroUsdPerHour } = await world.cluster(id);
    const lastMs = Number((usd(100) * BigInt(hourMs)) / priceMicroUsdPerHour);
    world.context.clock.advance(lastMs - 2 * minuteMs);
    await enforceSpendingCaps(world.context);
    expect((await world.cluster(id)).state).toBe('running');
    world.context.clock.advance(minuteMs + 1_000);
    await enforceSpendingCaps(world.context);
    expect((await world.cluster(id)).state).toBe('terminating');
  });
});

describe('ticks', () => {
  test('one cluster that cannot be repaired holds up no other', async () => {
    const [broken, other] = [await start(1, { spare: 1 }), await start(1, { spare: 1 })];
    await workerLost(world.context, (await live(broken))[0]!.workerId, 'down');
    await workerLost(world.context, (await live(other))[0]!.workerId, 'down');
    const { request } = await world.cluster(broken);
    await sql`update cluster set request = '{}' where id = ${broken}`.execute(world.context.db);
    await expect(repairDue(world.context)).rejects.toThrow(AggregateError);
    const { rows } = await sql<{ count: number }>`select count(*)::int as count from lease
      where cluster_id = ${other} and let_go_at is null`.execute(world.context.db);
    expect(rows[0]!.count).toBe(1);
    await sql`update cluster set request = ${JSON.stringify(request)} where id = ${broken}`.execute(world.context.db);
  });
});

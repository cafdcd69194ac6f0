import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { getInvoice, listInvoices, rederive, runBalances, settlement } from '@muster/billing';
import { type Actor, hourMs, minuteMs } from '@muster/common';
import { closeWindows, usageOf } from '@muster/metering';
import fc from 'fast-check';
import {
  adminTerminateCluster,
  applyGrace,
  clusterCost,
  createCluster,
  defaultPolicy,
  desiredCluster,
  enforceSpendingCaps,
  expireDue,
  extendCluster,
  failStuck,
  liveClusterIds,
  loseUnreachable,
  nudgeStuck,
  repairDue,
  scaleCluster,
  terminateCluster,
  undoStuckScaling,
  updateCluster,
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

/** A cluster on fresh supply, with so many workers to spare; running unless told otherwise. */
async function start(
  workers: number,
  { spare = 0, run = true, ...change }: Partial<ClusterRequest> & { spare?: number; run?: boolean } = {},
) {
  await world.supply(workers + spare);
  const { id } = await createCluster(world.context, actor, { request: world.request(workers, change) });
  if (run) await world.report(id);
  return id;
}

const live = async (id: string) => (await world.leases(id)).filter(({ letGoAt }) => letGoAt === null);
const state = async (id: string) => (await world.cluster(id)).state;
const freeAgain = async (id: string) => {
  const workers = (await world.leases(id)).map(({ workerId }) => workerId);
  const rows = await world.context.db.selectFrom('worker').select('status').where('id', 'in', workers).execute();
  return rows.every(({ status }) => status === 'idle');
};
const held = async (id: string) => {
  const hold = await world.context.db
    .selectFrom('hold')
    .selectAll()
    .where('cluster_id', '=', id)
    .executeTakeFirstOrThrow();
  return hold.state;
};

describe('coming up', () => {
  test('it runs, and is paid, from the instant at which every worker is ready', async () => {
    const id = await start(2, { run: false });
    const [first, second] = await live(id);
    world.context.clock.advance(minuteMs);
    await world.report(id, {
      leases: [
        { leaseId: first!.id, phase: 'ready' },
        { leaseId: second!.id, phase: 'pending', reason: 'pulls the image' },
      ],
    });
    expect(await state(id)).toBe('provisioning');
    expect((await live(id))[1]).toMatchObject({ ready: false, waitingFor: 'pulls the image', activeAt: null });
    world.context.clock.advance(minuteMs);
    await world.report(id);
    const cluster = await world.cluster(id);
    expect(cluster).toMatchObject({ state: 'running', runningSince: world.context.clock.now() });
    expect((await live(id)).map(({ activeAt }) => activeAt)).toEqual([cluster.runningSince, cluster.runningSince]);
  });

  test('an intent names nodes, resources and shares; an ended one names nothing', async () => {
    const id = await start(1, { image: 'busybox', env: { A: 'b' } });
    expect(await desiredCluster(world.context.db, id)).toMatchObject({
      poolId: 'pool_a',
      image: 'busybox',
      env: { A: 'b' },
      leases: [{ rank: 0, resourceName: 'nvidia.com/gpu', devices: 1, cpuMillis: 7_200, memoryMb: 57_600 }],
    });
    expect(await liveClusterIds(world.context.db, 'pool_a')).toContain(id);
    await terminateCluster(world.context, actor, id);
    expect((await desiredCluster(world.context.db, id))?.leases).toEqual([]);
    await world.report(id);
    expect(await desiredCluster(world.context.db, id)).toBeUndefined();
    expect(await liveClusterIds(world.context.db, 'pool_a')).not.toContain(id);
  });

  test('without progress for ten minutes it fails, and costs nothing', async () => {
    const id = await start(1, { run: false });
    world.context.clock.advance(9 * minuteMs);
    await world.report(id, { leases: [{ leaseId: (await live(id))[0]!.id, phase: 'pending', reason: 'pulls' }] });
    world.context.clock.advance(9 * minuteMs);
    await failStuck(world.context);
    expect(await state(id)).toBe('provisioning');
    world.context.clock.advance(minuteMs);
    await failStuck(world.context);
    expect(await state(id)).toBe('terminating');
    await world.report(id);
    expect(await world.cluster(id)).toMatchObject({
      state: 'failed',
      endedBecause: expect.stringContaining('no progress'),
    });
    expect(await world.balance(actor)).toMatchObject({ balanceMicroUsd: usd(1_000), heldMicroUsd: 0n });
    expect(await freeAgain(id)).toBe(true);
  });

  test('a pool that was not told is told again, and no more often than it must', async () => {
    const id = await start(1, { run: false });
    const nudges = async () =>
      (
        await world.context.db.selectFrom('outbox').select('body').where('type', '=', 'cluster.changed').execute()
      ).filter(({ body }) => (body as { clusterId: string }).clusterId === id).length;
    expect(await nudges()).toBe(1);
    await nudgeStuck(world.context);
    expect(await nudges()).toBe(1);
    world.context.clock.advance(defaultPolicy.nudgeMs);
    await nudgeStuck(world.context);
    await nudgeStuck(world.context);
    expect(await nudges()).toBe(2);
  });
});

describe('ending', () => {
  test('it is paid until its end was asked for, however long its pool takes, and its bill adds up', async () => {
    const id = await start(2);
    const { priceMicroUsdPerHour } = await world.cluster(id);
    world.context.clock.advance(30 * minuteMs);
    await terminateCluster(world.context, actor, id, { reason: 'done' });
    expect(await state(id)).toBe('terminating');
    world.context.clock.advance(20 * minuteMs);
    await closeWindows(world.context, settlement);
    await world.report(id);
    expect(await world.cluster(id)).toMatchObject({ state: 'terminated', endedBecause: 'done' });
    const [invoice] = (await listInvoices(world.context, actor, { limit: 1 })).items;
    expect(invoice!.totalMicroUsd).toBe(priceMicroUsdPerHour / 2n);
    expect(rederive(await getInvoice(world.context, actor, invoice!.id))).toMatchObject({ equal: true });
    expect((await world.balance(actor)).balanceMicroUsd).toBe(usd(1_000) - priceMicroUsdPerHour / 2n);
    expect(await held(id)).toBe('released');
    expect(await freeAgain(id)).toBe(true);
    expect((await world.leases(id)).map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
  });

  test('"gone" of a pool that has not seen the end yet releases nothing', async () => {
    const id = await start(1);
    const { version } = await world.cluster(id);
    await terminateCluster(world.context, actor, id);
    await world.report(id, { namespaceGone: true }, { version });
    expect(await state(id)).toBe('terminating');
    expect(await freeAgain(id)).toBe(false);
    await world.report(id);
    expect(await state(id)).toBe('terminated');
  });

  test('ending twice, by anyone, changes nothing', async () => {
    const id = await start(1);
    await terminateCluster(world.context, actor, id);
    const { version } = await world.cluster(id);
    await terminateCluster(world.context, actor, id);
    await adminTerminateCluster(world.context, world.actor('org_operator'), id, { reason: 'x' });
    expect((await world.cluster(id)).version).toBe(version);
    await world.report(id);
    await world.report(id, { namespaceGone: true });
    await terminateCluster(world.context, actor, id);
    expect(await world.told(id)).toEqual([
      'requested',
      'assembling',
      'provisioning',
      'running',
      'terminating',
      'terminated',
    ]);
    expect((await listInvoices(world.context, actor, { limit: 10 })).items).toHaveLength(1);
  });

  test('it expires at its time, unless it was extended', async () => {
    const id = await start(1, { time: { hours: 1 } });
    world.context.clock.advance(59 * minuteMs);
    await extendCluster(world.context, actor, id, { hours: 1 });
    world.context.clock.advance(hourMs);
    await expireDue(world.context);
    expect(await state(id)).toBe('running');
    world.context.clock.advance(minuteMs);
    await expireDue(world.context);
    await world.report(id);
    expect(await state(id)).toBe('expired');
  });

  test('it stops before it costs more than its cap', async () => {
    await world.supply(1);
    const { id, priceMicroUsdPerHour } = await createCluster(world.context, actor, {
      request: world.request(1, { time: { hours: 1 }, priceGuard: { spendingCapMicroUsd: usd(100) } }),
    });
    await world.report(id);
    world.context.clock.advance(hourMs);
    await closeWindows(world.context, settlement);
    await enforceSpendingCaps(world.context);
    expect(await state(id)).toBe('running');
    const minutes = Number((usd(100) * 60n) / priceMicroUsdPerHour);
    world.context.clock.advance((minutes - 60) * minuteMs);
    await closeWindows(world.context, settlement);
    await enforceSpendingCaps(world.context);
    expect(await state(id)).toBe('terminating');
    const charged = (await usageOf(world.context.db, id)).reduce((sum, { charge }) => sum + charge, 0n);
    expect(charged).toBeLessThanOrEqual(usd(100));
  });

  test('an empty balance gives a grace, credit ends it, and after it the cluster stops', async () => {
    const id = await start(1);
    const until = new Date(world.context.clock.now().getTime() + 5 * minuteMs);
    const empty = [{ organizationId: actor.organizationId, clusterId: id, graceUntil: until }];
    await applyGrace(world.context, empty);
    await applyGrace(world.context, empty);
    expect((await world.cluster(id)).graceUntil).toEqual(until);
    await applyGrace(world.context, await runBalances(world.context));
    expect((await world.cluster(id)).graceUntil).toBeNull();
    await applyGrace(world.context, empty);
    world.context.clock.advance(5 * minuteMs);
    await applyGrace(world.context, empty);
    expect(await world.cluster(id)).toMatchObject({ state: 'terminating', endedBecause: 'the balance is used up' });
    expect((await world.told(id)).slice(4)).toEqual(['grace_started', 'grace_ended', 'grace_started', 'terminating']);
  });
});

describe('repair', () => {
  test('a lost worker is replaced at no higher price, the loss costs nothing, and the timeline shows it', async () => {
    const id = await start(2, { spare: 1 });
    const before = await world.cluster(id);
    const lost = (await live(id))[1]!;
    world.context.clock.advance(10 * minuteMs);
    await workerLost(world.context, lost.workerId, 'it does not answer');
    expect(await state(id)).toBe('degraded');
    world.context.clock.advance(5 * minuteMs);
    expect(await repairDue(world.context)).toBe(1);
    const replacement = (await live(id)).find(({ rank }) => rank === 1)!;
    expect(replacement.workerId).not.toBe(lost.workerId);
    expect(replacement.priceMicroUsdPerDeviceHour).toBeLessThanOrEqual(lost.priceMicroUsdPerDeviceHour);
    expect(await state(id)).toBe('degraded');
    world.context.clock.advance(5 * minuteMs);
    await world.report(id);
    expect(await state(id)).toBe('running');
    world.context.clock.advance(10 * minuteMs);
    await terminateCluster(world.context, actor, id);
    const usage = await usageOf(world.context.db, id);
    const minutes = usage.map(({ chargedMs }) => Math.round(chargedMs / minuteMs)).sort((left, right) => left - right);
    expect(minutes).toEqual([10, 10, 20]);
    expect(await world.told(id)).toEqual([
      ...['requested', 'assembling', 'provisioning', 'running'],
      ...['degraded', 'repaired', 'running', 'terminating'],
    ]);
    expect((await world.cluster(id)).priceMicroUsdPerHour).toBeLessThanOrEqual(before.priceMicroUsdPerHour);
    expect((await world.leases(id)).find(({ id: lease }) => lease === lost.id)).toMatchObject({ outcome: 'failed' });
  });

  test('what it cost so far is the sum of its windows, with what is held and what was free', async () => {
    const id = await start(2, { spare: 1 });
    expect(await clusterCost(world.context, actor, id)).toMatchObject({
      chargedMicroUsd: 0n,
      heldMicroUsd: (await world.cluster(id)).priceMicroUsdPerHour,
      freeSeconds: 0,
    });
    world.context.clock.advance(10 * minuteMs + 7);
    await workerLost(world.context, (await live(id))[1]!.workerId, 'it does not answer');
    world.context.clock.advance(5 * minuteMs);
    await repairDue(world.context);
    await world.report(id);
    world.context.clock.advance(61_007);
    await closeWindows(world.context, settlement);

    const cost = await clusterCost(world.context, actor, id);
    const windows = await world.context.db
      .selectFrom('usage_window')
      .selectAll()
      .where('cluster_id', '=', id)
      .execute();
    expect(windows.length).toBeGreaterThan(3);
    expect(cost.chargedMicroUsd).toBe(windows.reduce((sum, { charge }) => sum + charge, 0n));
    // The worker that was left was free while it waited for another.
    expect(Math.round(cost.freeSeconds)).toBe(5 * 60);
    expect(cost.meteredUntil).toEqual(world.context.clock.now());
    await terminateCluster(world.context, actor, id);
    expect(await clusterCost(world.context, actor, id)).toMatchObject({ heldMicroUsd: 0n });
    const neverRan = await start(1, { run: false });
    expect(await clusterCost(world.context, actor, neverRan)).toMatchObject({
      chargedMicroUsd: 0n,
      meteredUntil: null,
    });
  });

  test('a worker that is down is found even when nobody told of it; one that answers is left alone', async () => {
    const id = await start(2, { spare: 1 });
    await loseUnreachable(world.context);
    expect(await state(id)).toBe('running');
    const { workerId } = (await live(id))[0]!;
    await world.context.db.updateTable('worker').set({ status: 'down' }).where('id', '=', workerId).execute();
    await loseUnreachable(world.context);
    await loseUnreachable(world.context);
    expect(await state(id)).toBe('degraded');
    expect((await world.told(id)).filter((type) => type === 'degraded' || type === 'worker_lost')).toEqual([
      'degraded',
    ]);
  });

  test('the lost worker is free for others only when the pool holds nothing of it', async () => {
    const id = await start(1, { spare: 1 });
    const lost = (await live(id))[0]!;
    const { version } = await world.cluster(id);
    await workerLost(world.context, lost.workerId, 'down');
    await world.report(id, { leases: [] }, { version });
    expect((await world.leases(id))[0]!.releasedAt).toBeNull();
    await world.report(id, { leases: [{ leaseId: lost.id, phase: 'lost' }] });
    expect((await world.leases(id))[0]!.releasedAt).toBeNull();
    await world.report(id, { leases: [] });
    expect((await world.leases(id))[0]!.releasedAt).not.toBeNull();
  });

  test('a dearer worker is no replacement; after ten minutes without one the cluster fails, and the rest is given back', async () => {
    const id = await start(2);
    await world.supply(1, { floor_micro_usd_per_hour: usd(400) });
    await workerLost(world.context, (await live(id))[0]!.workerId, 'down');
    expect(await repairDue(world.context)).toBe(0);
    world.context.clock.advance(9 * minuteMs);
    await repairDue(world.context);
    expect(await state(id)).toBe('degraded');
    world.context.clock.advance(minuteMs);
    await repairDue(world.context);
    await world.report(id);
    expect(await state(id)).toBe('failed');
    expect((await world.balance(actor)).heldMicroUsd).toBe(0n);
  });

  test('a worker lost before the cluster ran is replaced too', async () => {
    const id = await start(2, { run: false, spare: 1 });
    await world.report(id, {
      leases: (await live(id)).map((lease, index) => ({
        leaseId: lease.id,
        phase: index === 0 ? 'lost' : 'ready',
        reason: 'its node is not ready',
      })),
    });
    expect(await state(id)).toBe('provisioning');
    expect(await repairDue(world.context)).toBe(1);
    await world.report(id);
    expect(await state(id)).toBe('running');
  });

  test('a worker that is not ready for a while degrades its cluster for free; for too long, it is lost', async () => {
    const id = await start(2, { spare: 1 });
    const [first, second] = await live(id);
    const picture = {
      leases: [
        { leaseId: first!.id, phase: 'ready' as const },
        { leaseId: second!.id, phase: 'pending' as const, reason: 'its pod is made anew' },
      ],
    };
    await world.report(id, picture);
    expect(await state(id)).toBe('degraded');
    await world.report(id);
    expect(await state(id)).toBe('running');
    await world.report(id, picture);
    world.context.clock.advance(defaultPolicy.unreadyMs);
    expect(await repairDue(world.context)).toBe(1);
    expect((await live(id)).map(({ workerId }) => workerId)).not.toContain(second!.workerId);
  });

  test('a replacement that never comes up is lost in its turn', async () => {
    const id = await start(1, { spare: 2 });
    await workerLost(world.context, (await live(id))[0]!.workerId, 'down');
    await repairDue(world.context);
    const [second] = await live(id);
    world.context.clock.advance(defaultPolicy.stuckMs - 1);
    await repairDue(world.context);
    expect((await live(id))[0]!.id).toBe(second!.id);
    world.context.clock.advance(1);
    await repairDue(world.context);
    expect((await live(id))[0]!.id).not.toBe(second!.id);
  });

  test('a replacement at one site is of that site', async () => {
    await world.supply(2, { site: 's1' });
    const { id } = await createCluster(world.context, actor, {
      request: world.request(2, { connectivity: { oneSite: true } }),
    });
    await world.report(id);
    await world.supply(1, { site: 's2' });
    await workerLost(world.context, (await live(id))[1]!.workerId, 'down');
    expect(await repairDue(world.context)).toBe(0);
    await world.supply(1, { site: 's1' });
    expect(await repairDue(world.context)).toBe(1);
  });
});

describe('scaling', () => {
  test('up: all or none, held, paid when they run; down: the highest ranks first, unpaid from then on', async () => {
    const id = await start(2, { spare: 2 });
    await expect(scaleCluster(world.context, actor, id, { workers: 5 })).rejects.toMatchObject({
      code: 'unfulfillable',
    });
    expect(await live(id)).toHaveLength(2);
    const scaled = await scaleCluster(world.context, actor, id, { workers: 4 });
    expect((await world.balance(actor)).heldMicroUsd).toBe(scaled.priceMicroUsdPerHour);
    expect((await live(id)).map(({ state }) => state)).toEqual(['active', 'active', 'held', 'held']);
    expect(await state(id)).toBe('running');
    await world.report(id);
    expect((await live(id)).map(({ state }) => state)).toEqual(['active', 'active', 'active', 'active']);
    world.context.clock.advance(hourMs);
    await scaleCluster(world.context, actor, id, { workers: 1 });
    expect((await live(id)).map(({ rank }) => rank)).toEqual([0]);
    await world.report(id);
    expect((await world.leases(id)).filter(({ releasedAt }) => releasedAt !== null)).toHaveLength(3);
    world.context.clock.advance(hourMs);
    await terminateCluster(world.context, actor, id);
    const hours = (await usageOf(world.context.db, id)).map(({ chargedMs }) => Math.round(chargedMs / hourMs));
    expect(hours).toEqual([2, 1, 1, 1]);
  });

  test('workers that scaling added and that do not come up are given back, and cost nothing', async () => {
    const id = await start(1, { spare: 1 });
    const { priceMicroUsdPerHour } = await world.cluster(id);
    await scaleCluster(world.context, actor, id, { workers: 2 });
    world.context.clock.advance(defaultPolicy.stuckMs);
    expect(await undoStuckScaling(world.context)).toBe(1);
    expect(await undoStuckScaling(world.context)).toBe(0);
    expect(await world.cluster(id)).toMatchObject({ state: 'running', workers: 1, priceMicroUsdPerHour });
    expect(await usageOf(world.context.db, id)).toHaveLength(1);
  });

  test("what a stranger asks of another's cluster is asked of an unknown one", async () => {
    const id = await start(1);
    const stranger = await world.customer();
    const asked = [
      updateCluster(world.context, stranger, id, { name: 'mine' }),
      extendCluster(world.context, stranger, id, { hours: 1 }),
      scaleCluster(world.context, stranger, id, { workers: 2 }),
      terminateCluster(world.context, stranger, id),
      clusterCost(world.context, stranger, id),
    ];
    for (const each of await Promise.allSettled(asked)) {
      expect(each).toMatchObject({ status: 'rejected', reason: { code: 'not_found' } });
    }
  });

  test('a change that was decided on an older version is refused', async () => {
    const id = await start(1);
    const { version } = await world.cluster(id);
    await updateCluster(world.context, actor, id, { name: 'first' }, { version });
    await expect(updateCluster(world.context, actor, id, { name: 'second' }, { version })).rejects.toMatchObject({
      code: 'precondition_failed',
    });
  });
});

describe('reports', () => {
  test('lost, doubled and reordered, they end in the same state once the pool has told what is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            phases: fc.tuple(
              ...[0, 1].map(() => fc.constantFrom('pending' as const, 'ready' as const, 'none' as const)),
            ),
            late: fc.integer({ min: 0, max: 5_000 }),
            namespaceGone: fc.boolean(),
            older: fc.integer({ min: 0, max: 3 }),
          }),
          { maxLength: 8 },
        ),
        fc.boolean(),
        async (reports, ends) => {
          const id = await start(2, { run: false });
          const leases = await live(id);
          if (ends) await terminateCluster(world.context, actor, id);
          for (const { phases, late, namespaceGone, older } of reports) {
            const picture = phases.flatMap((phase, index) =>
              phase === 'none' ? [] : [{ leaseId: leases[index]!.id, phase }],
            );
            const { version } = await world.cluster(id);
            const observedAt = new Date(world.context.clock.now().getTime() - late);
            const seen = namespaceGone && ends ? Math.max(1, version - 1 - older) : Math.max(1, version - older);
            await world.report(id, { leases: picture, namespaceGone }, { version: seen, observedAt });
          }
          await world.report(id);
          expect(await state(id)).toBe(ends ? 'terminated' : 'running');
          const now = await world.leases(id);
          expect(now.map(({ state }) => state)).toEqual(ends ? ['released', 'released'] : ['active', 'active']);
          expect(await freeAgain(id)).toBe(ends);
          await world.noSupply();
        },
      ),
      { numRuns: 25 },
    );
  });

  test('one older than the last changes nothing', async () => {
    const id = await start(2);
    const { version } = await world.cluster(id);
    await world.report(id, { leases: [] }, { observedAt: new Date(world.context.clock.now().getTime() - minuteMs) });
    expect(await world.cluster(id)).toMatchObject({ state: 'running', version });
  });
});

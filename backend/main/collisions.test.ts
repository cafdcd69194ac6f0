import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAutoscaler } from '@muster/autoscaling';
import { runBalances, settlement } from '@muster/billing';
import {
  applyGrace,
  createCluster,
  enforceSpendingCaps,
  expireDue,
  extendCluster,
  failStuck,
  repairDue,
  scaleCluster,
  startPaidOrders,
  terminateCluster,
  undoStuckScaling,
  updateCluster,
  workerLost,
} from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { type Actor, isDomainError, secondMs } from '@muster/common';
import { checkInvariants } from '@muster/invariants';
import { closeWindows } from '@muster/metering';
import { cancelTask, listTasks, observeTask, runTask, scheduleAll } from '@muster/tasks';
import fc from 'fast-check';

let world: World;
beforeAll(async () => {
  world = await World.create({ max: 16 });
  await world.supply(8);
  await world.supply(4, { origin: 'simulated' });
});
afterAll(() => world.drop());

const actions = [
  ...['create', 'order', 'simulate', 'job', 'scale', 'extend', 'update', 'terminate', 'lose', 'task', 'cancel'],
  ...[
    'report',
    'report',
    'report',
    'unready',
    'lostReport',
    'taskReport',
    'meter',
    'meter',
    'balances',
    'repair',
    'ends',
  ],
  ...['orders', 'tasks', 'autoscale'],
] as const;
type Action = (typeof actions)[number];

/** One of everything that happens to a live system, by number. */
async function act(action: Action, number: number, actors: Actor[]): Promise<void> {
  const { context } = world;
  const actor = actors[number % actors.length]!;
  const ids = await context.db
    .selectFrom('cluster')
    .select('id')
    .where('organization_id', '=', actor.organizationId)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .execute();
  const id = ids[number % Math.max(ids.length, 1)]?.id;
  const of = <T>(work: (id: string) => Promise<T>) => (id ? work(id) : undefined);
  const picture = async (phase: 'ready' | 'pending' | 'lost') =>
    of(async (clusterId) => {
      const leases = (await world.leases(clusterId)).filter(({ letGoAt }) => letGoAt === null);
      const report = leases.map((lease, rank) => ({
        leaseId: lease.id,
        phase: rank === number % leases.length ? phase : ('ready' as const),
      }));
      await world.report(clusterId, { leases: report });
    });
  switch (action) {
    case 'create':
    case 'order': {
      const request = world.request(
        1 + (number % 3),
        number % 2 ? { time: { hours: 1 } } : { autoscaling: { minWorkers: 1, maxWorkers: 4 } },
      );
      return void (await createCluster(context, actor, { request }, { awaitPayment: action === 'order' }));
    }
    case 'simulate':
      return void (await createCluster(context, actor, {
        request: world.request(1 + (number % 3), { simulated: true }),
      }));
    case 'job':
      return void (await createCluster(context, actor, { request: world.request(1, { kind: 'job', image: 'x' }) }));
    case 'scale':
      return void (await of((each) => scaleCluster(context, actor, each, { workers: 1 + (number % 4) })));
    case 'extend':
      return void (await of((each) => extendCluster(context, actor, each, { hours: 1 })));
    case 'update':
      return void (await of((each) => updateCluster(context, actor, each, { name: `name-${number}` })));
    case 'terminate':
      return void (await of((each) => terminateCluster(context, actor, each)));
    case 'lose':
      return void (await of(async (each) => {
        const leases = await world.leases(each);
        if (leases.length > 0) await workerLost(context, leases[number % leases.length]!.workerId, 'down');
      }));
    case 'task':
      return void (await of((each) => runTask(context, actor, each, { image: 'x', ranks: 1 + (number % 2) })));
    case 'cancel':
    case 'taskReport':
      return void (await of(async (each) => {
        const { items } = await listTasks(context, actor, each, { limit: 10 });
        const task = items[number % Math.max(items.length, 1)];
        if (!task) return;
        if (action === 'cancel') return void (await cancelTask(context, actor, task.id));
        const phase = (['running', 'succeeded', 'failed', 'gone'] as const)[number % 4]!;
        const ranks = Array.from({ length: task.ranks }, (_, rank) => ({ rank, phase }));
        await context.db
          .transaction()
          .execute((trx) => observeTask(trx, context, { taskId: task.id, attempt: Math.max(task.attempt, 1), ranks }));
      }));
    case 'report':
      return void (await of((each) => world.report(each)));
    case 'unready':
      return void (await picture('pending'));
    case 'lostReport':
      return void (await picture('lost'));
    case 'meter':
      return void (await closeWindows(context, settlement, 0));
    case 'balances':
      return applyGrace(context, await runBalances(context));
    case 'repair':
      return void (await repairDue(context));
    case 'ends':
      for (const end of [expireDue, enforceSpendingCaps, failStuck, undoStuckScaling]) await end(context);
      return;
    case 'orders':
      return void (await startPaidOrders(context));
    case 'tasks':
      return scheduleAll(context);
    case 'autoscale':
      return createAutoscaler(context)();
  }
}

describe('whatever happens at once', () => {
  test('nothing deadlocks, and every invariant that Postgres can tell holds, in between and at the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            together: fc.array(fc.tuple(fc.constantFrom(...actions), fc.nat(50)), { minLength: 1, maxLength: 8 }),
            seconds: fc.constantFrom(0, 1, 30, 200),
          }),
          { minLength: 5, maxLength: 12 },
        ),
        async (steps) => {
          const actors = [await world.customer(6), await world.customer(1_000)];
          for (const { together, seconds } of steps) {
            const done = await Promise.allSettled(together.map(([action, number]) => act(action, number, actors)));
            for (const [index, result] of done.entries()) {
              if (result.status === 'rejected' && !isDomainError(result.reason)) {
                throw new Error(`${together[index]![0]} failed`, { cause: result.reason });
              }
            }
            world.context.clock.advance(seconds * secondMs);
            await holds();
          }
          await world.endAll();
          await holds();
          const { heldMicroUsd } = await world.balance(actors[0]!);
          expect([heldMicroUsd, (await world.balance(actors[1]!)).heldMicroUsd]).toEqual([0n, 0n]);
        },
      ),
      { numRuns: 8 },
    );
  });
});

/** The world makes workers and pools without events, its clock is its own, and nobody relays its outbox. */
async function holds(): Promise<void> {
  const invariants = await checkInvariants(world.context, { pools: [] });
  const offences = invariants.flatMap(({ number, offenders }) => {
    if ([4, 9, 12].includes(number)) return [];
    return number === 3 ? offenders.filter(({ id }) => /^(clu|tsk)_/.test(id)) : offenders;
  });
  expect(offences).toEqual([]);
}

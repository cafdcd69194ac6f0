import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster } from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { type Actor, minuteMs } from '@muster/common';
import { observeTask, runTask } from '@muster/tasks';
import { createAutoscaler } from './index.ts';

let world: World;
let actor: Actor;
beforeAll(async () => {
  world = await World.create();
  actor = await world.customer();
});
afterAll(() => world.drop());

async function finish(taskId: string, attempt = 1): Promise<void> {
  await world.context.db
    .transaction()
    .execute((trx) => observeTask(trx, world.context, { taskId, attempt, ranks: [{ rank: 0, phase: 'succeeded' }] }));
}

describe('the tick', () => {
  test('a worker on which a task has begun since the tick looked is not taken away', async () => {
    await world.supply(2);
    const { id } = await createCluster(world.context, actor, {
      request: world.request(2, { autoscaling: { minWorkers: 1, maxWorkers: 2 } }),
    });
    await world.report(id);
    world.context.clock.advance(5 * minuteMs);
    let both: Promise<unknown> | undefined;
    await world.context.db.transaction().execute(async (trx) => {
      await trx.selectFrom('cluster').select('id').where('id', '=', id).forNoKeyUpdate().execute();
      const task = runTask(world.context, actor, id, { image: 'busybox', ranks: 2 });
      await world.waiting(1);
      both = Promise.all([task, createAutoscaler(world.context)()]);
      await world.waiting(2);
    });
    await both;
    expect((await world.cluster(id)).workers).toBe(2);
    await world.endAll();
    await world.noSupply();
  });

  test('a cluster grows with its queue as far as supply goes, shrinks after a quiet, and is shut down when idle', async () => {
    await world.supply(3);
    const { id } = await createCluster(world.context, actor, {
      request: world.request(1, { autoscaling: { minWorkers: 1, maxWorkers: 5 }, idleShutdownSeconds: 600 }),
    });
    await world.report(id);
    const tick = createAutoscaler(world.context);
    const tasks = [];
    for (let index = 0; index < 4; index++) {
      tasks.push(await runTask(world.context, actor, id, { image: 'busybox' }));
    }
    await tick();
    expect((await world.cluster(id)).workers).toBe(3);
    await tick();
    expect((await world.cluster(id)).workers).toBe(3);
    await world.report(id);
    for (const task of tasks) await finish(task.id);

    world.context.clock.advance(minuteMs);
    await tick();
    expect((await world.cluster(id)).workers).toBe(3);
    world.context.clock.advance(minuteMs);
    await tick();
    expect((await world.cluster(id)).workers).toBe(1);
    world.context.clock.advance(8 * minuteMs);
    await tick();
    expect(await world.cluster(id)).toMatchObject({ state: 'terminating', endedBecause: 'idle for 600 s' });
  });
});

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createCluster, repairDue, scaleCluster, terminateCluster, workerLost } from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { type Actor, minuteMs } from '@muster/common';
import fc from 'fast-check';
import {
  archiveLog,
  cancelTask,
  desired,
  getTask,
  listTasks,
  observeTask,
  readArchivedLog,
  runTask,
  schedule,
  scheduleAll,
  type TaskObserved,
  timeOutDue,
} from './index.ts';

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

/** A running cluster of so many workers, bare, with some to spare. */
async function cluster(workers: number, spare = 0): Promise<string> {
  await world.supply(workers + spare);
  const { id } = await createCluster(world.context, actor, { request: world.request(workers) });
  await world.report(id);
  return id;
}

const run = (clusterId: string, ranks = 1, more = {}) =>
  runTask(world.context, actor, clusterId, { image: 'busybox', ranks, ...more });
const task = (id: string) => getTask(world.context, actor, id);

type Rank = TaskObserved['ranks'][number];
/** The pool reports the same, or each its own, of every rank of the present attempt. */
async function report(id: string, phases: Rank['phase'] | Partial<Rank>[], attempt?: number): Promise<void> {
  const known = await task(id);
  const ranks = Array.from({ length: known.ranks }, (_, rank): Rank => {
    const of = typeof phases === 'string' ? { phase: phases } : phases[rank]!;
    return { rank, phase: 'running', ...of };
  });
  await world.context.db
    .transaction()
    .execute((trx) => observeTask(trx, world.context, { taskId: id, attempt: attempt ?? known.attempt, ranks }));
}

describe('the queue', () => {
  test('tasks start on free workers, first come first served, and none is overtaken', async () => {
    const id = await cluster(3);
    const first = await run(id, 2);
    expect(first).toMatchObject({ state: 'starting', attempt: 1, clusterRanks: [0, 1] });
    const large = await run(id, 2);
    const small = await run(id, 1);
    expect([large.state, small.state]).toEqual(['queued', 'queued']);
    await report(first.id, 'succeeded');
    expect(await task(large.id)).toMatchObject({ state: 'starting', clusterRanks: [0, 1] });
    expect(await task(small.id)).toMatchObject({ state: 'starting', clusterRanks: [2] });
  });

  test('a task that became too large for its cluster waits without holding up the others', async () => {
    const clusterId = await cluster(2);
    const busy = await run(clusterId);
    const large = await run(clusterId, 2);
    const small = await run(clusterId);
    expect((await task(small.id)).state).toBe('queued');
    await scaleCluster(world.context, actor, clusterId, { workers: 1 });
    await report(busy.id, 'succeeded');
    expect((await task(large.id)).state).toBe('queued');
    expect((await task(small.id)).state).toBe('starting');
  });

  test('a task queued before its cluster runs starts when it does', async () => {
    await world.supply(1);
    const { id } = await createCluster(world.context, actor, { request: world.request(1) });
    const queued = await run(id);
    expect(queued.state).toBe('queued');
    await world.report(id);
    await schedule(world.context, id);
    expect((await task(queued.id)).state).toBe('starting');
  });

  test('the intent has the tasks that should run, with the lease of each rank, and no others', async () => {
    const id = await cluster(2);
    const first = await run(id, 2, { command: ['sh'], args: ['-c', 'true'], env: { A: 'b' } });
    await run(id, 1);
    const leases = (await world.leases(id)).map((lease) => lease.id);
    expect((await desired(world.context.db, id))!.tasks).toEqual([
      {
        ...{
          id: first.id,
          attempt: 1,
          started: false,
          image: 'busybox',
          command: ['sh'],
          args: ['-c', 'true'],
          env: { A: 'b' },
        },
        ranks: [0, 1].map((rank) => ({ rank, clusterRank: rank, leaseId: leases[rank] })),
      },
    ]);
  });

  test('what can never run is refused at once', async () => {
    const id = await cluster(1);
    await expect(run(id, 2)).rejects.toMatchObject({ code: 'unfulfillable' });
    await world.supply(1);
    const { id: withImage } = await createCluster(world.context, actor, {
      request: world.request(1, { image: 'nginx' }),
    });
    await expect(run(withImage)).rejects.toMatchObject({ code: 'illegal_transition' });
    await terminateCluster(world.context, actor, id);
    await expect(run(id)).rejects.toMatchObject({ code: 'illegal_transition' });
  });

  test('the same id ten times at once is one task', async () => {
    const clusterId = await cluster(1);
    const id = world.context.ids.next('task');
    const made = await Promise.all(
      Array.from({ length: 10 }, () => runTask(world.context, actor, clusterId, { image: 'busybox' }, { id })),
    );
    expect(new Set(made.map((each) => each.id))).toEqual(new Set([id]));
    expect((await listTasks(world.context, actor, clusterId, { limit: 50 })).items).toHaveLength(1);
  });
});

describe('an attempt', () => {
  test('runs when all its ranks run, and succeeds when all did', async () => {
    const { id } = await run(await cluster(2), 2);
    await report(id, [{ phase: 'running' }, { phase: 'pending' }]);
    expect((await task(id)).state).toBe('starting');
    await report(id, 'running');
    expect(await task(id)).toMatchObject({ state: 'running', startedAt: world.context.clock.now() });
    await report(id, [{ phase: 'succeeded' }, { phase: 'running' }]);
    expect((await task(id)).state).toBe('running');
    await report(id, 'succeeded');
    expect(await task(id)).toMatchObject({ state: 'succeeded', exitCode: 0, endedAt: world.context.clock.now() });
  });

  test("fails for good by the user's fault", async () => {
    const { id } = await run(await cluster(2), 2);
    await report(id, [{ phase: 'running' }, { phase: 'failed', exitCode: 3, fault: 'user' }]);
    expect(await task(id)).toMatchObject({ state: 'failed', fault: 'user', exitCode: 3, attempt: 1 });
  });

  test("is repeated by the platform's fault, as often as it may be, and keeps its place in the queue", async () => {
    const clusterId = await cluster(1);
    const { id } = await run(clusterId, 1, { maxAttempts: 2 });
    const next = await run(clusterId);
    await report(id, [{ phase: 'failed', fault: 'platform', reason: 'Evicted' }]);
    expect(await task(id)).toMatchObject({ state: 'starting', attempt: 2, startedAt: null });
    await report(id, 'gone');
    expect(await task(id)).toMatchObject({ state: 'failed', fault: 'platform', attempt: 2 });
    expect((await task(next.id)).state).toBe('starting');
  });

  test('of which a worker is lost is repeated when the cluster is whole again', async () => {
    const clusterId = await cluster(2, 1);
    const { id } = await run(clusterId, 2);
    await report(id, 'running');
    const [, lost] = await world.leases(clusterId);
    await workerLost(world.context, lost!.workerId, 'down');
    await schedule(world.context, clusterId);
    expect(await task(id)).toMatchObject({ state: 'queued', attempt: 1 });
    await scaleCluster(world.context, actor, clusterId, { workers: 2 }).catch(() => {});
    await schedule(world.context, clusterId);
    expect((await task(id)).state).toBe('queued');
    await repairDue(world.context);
    await world.report(clusterId);
    await scheduleAll(world.context);
    expect(await task(id)).toMatchObject({ state: 'starting', attempt: 2 });
  });

  test("a rank that fails beside a lost worker is not the user's fault, whichever is heard first", async () => {
    const clusterId = await cluster(2);
    const { id } = await run(clusterId, 2);
    await workerLost(world.context, (await world.leases(clusterId))[0]!.workerId, 'down');
    await report(id, [{ phase: 'running' }, { phase: 'failed', exitCode: 1, fault: 'user' }]);
    expect(await task(id)).toMatchObject({ state: 'queued', fault: null });
  });

  test('that takes longer than its limit is ended; one that never began is repeated', async () => {
    const clusterId = await cluster(2);
    const limited = await run(clusterId, 1, { timeoutSeconds: 60 });
    const stuck = await run(clusterId, 1);
    await report(limited.id, 'running');
    world.context.clock.advance(minuteMs);
    await timeOutDue(world.context);
    expect(await task(limited.id)).toMatchObject({ state: 'failed', fault: 'user' });
    world.context.clock.advance(10 * minuteMs);
    await timeOutDue(world.context);
    expect(await task(stuck.id)).toMatchObject({ state: 'starting', attempt: 2 });
  });

  test('reports lost, doubled, reordered, and of older attempts end in the same state', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('pending' as const, 'running' as const), fc.integer({ min: 0, max: 2 })), {
          maxLength: 6,
        }),
        fc.array(fc.constantFrom('pending' as const, 'running' as const, 'failed' as const, 'gone' as const), {
          maxLength: 4,
        }),
        fc.constantFrom('succeeded' as const, 'failed' as const),
        async (before, after, truth) => {
          await world.endAll();
          const { id } = await run(await cluster(1));
          for (const [phase, attempt] of before) await report(id, phase, attempt === 0 ? 7 : attempt);
          await report(id, [{ phase: truth, fault: 'user' }]);
          for (const phase of after) await report(id, phase);
          expect(await task(id)).toMatchObject({ state: truth, attempt: 1 });
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a job', () => {
  test('is its image once on every worker, and its cluster ends with it', async () => {
    await world.supply(2);
    const request = world.request(2, { kind: 'job', image: 'train', args: ['--epochs', '1'], env: { A: 'b' } });
    const { id } = await createCluster(world.context, actor, { request });
    await scheduleAll(world.context);
    await scheduleAll(world.context);
    const { items } = await listTasks(world.context, actor, id, { limit: 50 });
    expect(items).toMatchObject([
      { state: 'queued', image: 'train', args: ['--epochs', '1'], env: { A: 'b' }, ranks: 2 },
    ]);
    await world.report(id);
    await schedule(world.context, id);
    await report(items[0]!.id, 'running');
    await report(items[0]!.id, 'succeeded');
    expect(await world.cluster(id)).toMatchObject({ state: 'terminating', endedBecause: 'completed' });
  });
});

describe('ending', () => {
  test('a cancelled task gives its workers to the next; cancelling again changes nothing', async () => {
    const clusterId = await cluster(1);
    const first = await run(clusterId);
    const second = await run(clusterId);
    await cancelTask(world.context, actor, first.id);
    const { version } = await cancelTask(world.context, actor, first.id);
    expect(await task(first.id)).toMatchObject({ state: 'cancelled', version });
    expect((await task(second.id)).state).toBe('starting');
    await report(second.id, 'succeeded');
    await expect(cancelTask(world.context, actor, second.id)).rejects.toMatchObject({ code: 'illegal_transition' });
  });

  test('the tasks of a cluster that ends are cancelled', async () => {
    const clusterId = await cluster(1);
    const tasks = [await run(clusterId), await run(clusterId)];
    await terminateCluster(world.context, actor, clusterId);
    await schedule(world.context, clusterId);
    expect(await Promise.all(tasks.map(async ({ id }) => (await task(id)).state))).toEqual(['cancelled', 'cancelled']);
  });

  test('the log of a rank is kept, of the last attempt that left one, and only for its owner', async () => {
    const clusterId = await cluster(1);
    const { id } = await run(clusterId);
    const of = { clusterId, taskId: id, rank: 0 };
    await archiveLog(world.context, { ...of, attempt: 1, text: 'old', truncated: false });
    for (const text of ['half', 'loss 0.1\0\n']) {
      await archiveLog(world.context, { ...of, attempt: 2, text, truncated: true });
    }
    const foreign = { ...of, clusterId: world.context.ids.next('cluster') };
    await archiveLog(world.context, { ...foreign, attempt: 3, text: 'forged', truncated: false });
    expect(await readArchivedLog(world.context, actor, id, 0)).toMatchObject({
      ...{ attempt: 2, text: 'loss 0.1\u{fffd}\n', truncated: true },
    });
    await expect(readArchivedLog(world.context, actor, id, 1)).rejects.toMatchObject({ code: 'not_found' });
    const stranger = await world.customer();
    await expect(readArchivedLog(world.context, stranger, id, 0)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getTask(world.context, stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(cancelTask(world.context, stranger, id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

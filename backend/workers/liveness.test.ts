import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { dayMs } from '@muster/common';
import { createRedis } from '@muster/db';
import { markSeen, markWatching, seenKey, sweepLiveness } from './liveness.ts';
import { attachPool } from './pools.ts';
import { workersOfPool } from './supply.ts';
import { kubeconfig, operator, secretsKey, setUp } from './testing.ts';

let world: Awaited<ReturnType<typeof setUp>>;
const redis = createRedis(process.env.MUSTER_REDIS_URL ?? 'redis://127.0.0.1:6379');
const used: string[] = [];
let workerId = '';
beforeAll(async () => {
  world = await setUp();
});
beforeEach(async () => {
  workerId = await world.join();
  used.push(workerId);
});
afterAll(async () => {
  await redis.del(used.map(seenKey));
  redis.disconnect();
  await world.database.drop();
});

const heard = () => markSeen(redis, [workerId], world.clock.now());
/** The engine of a test run may be seconds old. */
const sweep = async () => {
  for (const watcher of ['bridge', 'orchestrator'] as const)
    await markWatching(redis, world.pool.id, watcher, new Date(1));
  return sweepLiveness(world.context, redis, { warmUpMs: 0 });
};
const status = async () => (await world.row(workerId)).status;

describe('the sweep', () => {
  test('a worker is down after 40 s without a heartbeat, and back with the next one', async () => {
    await heard();
    world.clock.advance(39_000);
    expect((await sweep()).down).not.toContain(workerId);
    world.clock.advance(1_000);
    expect((await sweep()).down).toContain(workerId);
    expect(await status()).toBe('down');
    world.clock.advance(5_000);
    await heard();
    expect((await sweep()).back).toContain(workerId);
    expect(await status()).toBe('idle');
    expect(await world.told(workerId)).toBe(true);
  });

  test('a worker whose heartbeats never reached Redis counts from when it connected', async () => {
    world.clock.advance(39_000);
    expect((await sweep()).down).not.toContain(workerId);
    world.clock.advance(1_000);
    expect((await sweep()).down).toContain(workerId);
  });

  test('a heartbeat from before it left does not bring a machine back', async () => {
    await heard();
    world.clock.advance(1_000);
    await world.report({ type: 'worker.leaving', body: { workerId } });
    expect((await sweep()).back).not.toContain(workerId);
    expect(await status()).toBe('down');
  });

  test('an older heartbeat does not bring a node back that is not ready any more', async () => {
    const { report, pool, clock } = world;
    const node = {
      name: 'sim-1',
      ready: true,
      labels: {
        'muster.io/simulated': 'true',
        'nvidia.com/gpu.product': 'NVIDIA-L4',
        'nvidia.com/gpu.memory': '23034',
      },
      allocatable: { cpu: '8', memory: '64Gi', 'ephemeral-storage': '1Ti', 'nvidia.com/gpu': '1' },
    };
    await report({ type: 'node.observed', body: { poolId: pool.id, nodes: [node] } });
    workerId = (await workersOfPool(world.context.db, pool.id)).get('sim-1')!;
    used.push(workerId);
    clock.advance(10_000);
    await heard();
    clock.advance(1_000);
    await report({ type: 'node.observed', body: { poolId: pool.id, nodes: [{ ...node, ready: false }] } });
    expect((await sweep()).back).not.toContain(workerId);
    await report({ type: 'node.observed', body: { poolId: pool.id, nodes: [node] } });
    expect((await world.row(workerId)).connected).toBe(true);
    await report({ type: 'node.gone', body: { poolId: pool.id, names: ['sim-1'] } });
    expect((await sweep()).back).not.toContain(workerId);
  });

  test('a worker is inactive after 5 days without contact, and returns when it is heard', async () => {
    await heard();
    world.clock.advance(41_000);
    await sweep();
    world.clock.advance(5 * dayMs - 42_000);
    expect((await sweep()).inactive).not.toContain(workerId);
    world.clock.advance(1_000);
    expect((await sweep()).inactive).toContain(workerId);
    expect(await status()).toBe('inactive');
    await heard();
    await sweep();
    expect(await status()).toBe('idle');
  });

  test('does nothing while Redis has just started or cannot be reached: silence there proves nothing', async () => {
    world.clock.advance(3_600_000);
    const young = await sweepLiveness(world.context, redis, { warmUpMs: Number.POSITIVE_INFINITY });
    expect(young).toEqual({ skipped: 'Redis has just started', down: [], back: [], inactive: [] });
    // Nothing listens on port 1.
    const away = createRedis('redis://127.0.0.1:1');
    const result = await sweepLiveness(world.context, away, { warmUpMs: 0 });
    away.disconnect();
    expect(result.skipped).toBe('Redis cannot be reached');
    expect(await status()).toBe('idle');
  });

  test('does nothing while nobody listens, and then gives workers their time to be heard', async () => {
    const { context, clock } = world;
    const { id } = await attachPool(context, operator, secretsKey, { name: 'silent', country: 'DE', kubeconfig });
    await context.db.updateTable('worker').set({ pool_id: id }).where('id', '=', workerId).execute();
    await heard();
    clock.advance(3_600_000);
    expect((await sweep()).down).not.toContain(workerId);
    for (const [ms, down] of [
      [0, []],
      [39_000, []],
      [1_000, [workerId]],
    ] as const) {
      clock.advance(ms);
      await markWatching(redis, id, 'bridge', clock.now());
      expect((await sweep()).down.filter((each) => each === workerId)).toEqual(down);
    }
  });

  test('two sweeps at once move a worker once', async () => {
    world.clock.advance(60_000);
    const results = await Promise.all([sweep(), sweep(), sweep()]);
    expect(results.filter(({ down }) => down.includes(workerId))).toHaveLength(1);
    expect(await world.told(workerId)).toBe(true);
  });
});

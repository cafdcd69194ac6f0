import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Histogram } from '@muster/common';
import { createRedis } from '@muster/db';
import { attachPool, detachPool } from '@muster/workers';
import { Pools } from './pools.ts';
import { poolKubeconfig, TestPool, until } from './testing.ts';

describe('the pools of an orchestrator', () => {
  const secretsKey = Buffer.alloc(32, 1);
  const redis = createRedis(process.env.MUSTER_REDIS_URL!);
  let scene: TestPool;
  let pools: Pools;

  beforeAll(async () => {
    scene = await TestPool.create();
    pools = new Pools({
      context: scene.world.context,
      broker: scene.broker,
      redis,
      log: scene.log,
      identity: 'test',
      resyncMs: 600_000,
      secretsKey,
      reconcileSeconds: new Histogram({ name: 'pools', help: 'test', labelNames: ['outcome'], registers: [] }),
    });
  });
  afterAll(async () => {
    await pools.stop();
    redis.disconnect();
    await scene.destroy();
  });

  test('one that is attached is followed, one that cannot be read holds up no other, one that is detached is let go', async () => {
    const { context } = scene.world;
    const operator = scene.world.actor('org_operator');
    // The scene's own pool, whose credentials are no good, cannot be read; another never answers.
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const at = `https://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const mute = await attachPool(context, operator, secretsKey, {
      name: `mute ${scene.id}`,
      country: 'DE',
      kubeconfig: poolKubeconfig().replace(/https:[^\s"]+/, at),
    });
    const asked = once(silent, 'connection') as Promise<[Socket]>;
    pools.start();
    const [socket] = await asked;
    const pool = await attachPool(context, operator, secretsKey, {
      name: `attached ${scene.id}`,
      country: 'DE',
      kubeconfig: poolKubeconfig(),
    });
    await until(() => pools.get(pool.id));
    expect(pools.get(scene.id)).toBeUndefined();
    pools.check();
    await detachPool(context, operator, pool.id);
    await until(() => pools.get(pool.id) === undefined);
    expect(socket.destroyed).toBe(false);
    await detachPool(context, operator, mute.id);
    socket.destroy();
    silent.close();
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { identityHeader, signIdentity } from '@muster/api-http';
import { createCluster } from '@muster/clusters';
import { type Actor, systemClock } from '@muster/common';
import { WebSocket } from 'ws';
import type { Pool } from './pool.ts';
import { createStreams } from './streams.ts';
import { TestPool, until } from './testing.ts';

describe('the streams of a pool', () => {
  const gateway = generateKeyPairSync('ed25519');
  let pool: TestPool;
  let orchestrator: Pool;
  let owner: Actor;
  let stranger: Actor;
  let clusterId: string;
  let url: string;
  let server: ReturnType<typeof createStreams>;

  beforeAll(async () => {
    pool = await TestPool.create();
    await pool.supply(1);
    owner = await pool.world.customer();
    stranger = { ...(await pool.world.customer()), scopes: new Set(['clusters:read', 'clusters:write']) };
    orchestrator = await pool.orchestrate();
    const request = pool.world.request(1, { image: 'registry.test/service:1' });
    clusterId = (await createCluster(pool.world.context, owner, { request })).id;
    await until(async () => (await pool.world.cluster(clusterId)).state === 'running');
    server = createStreams({
      context: { ...pool.world.context, clock: systemClock },
      pools: { get: (id) => (id === pool.id ? orchestrator : undefined) },
      identityKey: gateway.publicKey,
      log: pool.log,
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await pool.destroy();
  });

  const as = async (actor: Actor, key = gateway.privateKey) => ({
    [identityHeader]: await signIdentity({ actor, requestId: 'req_1' }, key, new Date()),
  });
  const status = async (path: string, headers: Record<string, string>) => {
    const answer = await fetch(`${url}${path}`, { headers });
    return { status: answer.status, body: await answer.json() };
  };
  const logs = () => `/streams/clusters/${clusterId}/ranks/0/logs`;

  test('nobody is served without the gateway’s word', async () => {
    const forged = await as(owner, generateKeyPairSync('ed25519').privateKey);
    expect(await status(logs(), {})).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await status(logs(), forged)).toMatchObject({ status: 401 });
  });

  test('another organization’s cluster is as unknown as one that does not exist (invariant 8)', async () => {
    const foreign = await status(logs(), await as(stranger));
    const unknown = await status(logs().replace(clusterId, 'clu_unknown'), await as(stranger));
    expect(foreign).toMatchObject({ status: 404 });
    expect(foreign.body).toEqual(unknown.body);
  });

  test('a rank that has no container, a task that never was, and a wrong query are told apart', async () => {
    const headers = await as(owner);
    expect(await status(logs().replace('ranks/0', 'ranks/7'), headers)).toMatchObject({ status: 404 });
    const task = pool.world.context.ids.next('task');
    expect(await status(`${logs()}?taskId=${task}`, headers)).toMatchObject({ status: 404 });
    expect(await status(`${logs()}?tail=some`, headers)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request' },
    });
  });

  test('a node that does not answer is said to be away, for logs and for shells', async () => {
    const headers = await as(owner);
    expect(await status(logs(), headers)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    const path = `${url.replace('http', 'ws')}${logs().replace('logs', 'exec')}?command=sh`;
    const socket = new WebSocket(path, 'v4.channel.k8s.io', { headers });
    socket.on('error', () => {});
    const [, answer] = await once(socket, 'unexpected-response');
    expect(answer.statusCode).toBe(503);
    answer.destroy();
    socket.terminate();
  });

  test('a pool that shows the namespace of a cluster is not asked, unless Postgres says that the cluster is there', async () => {
    const { db, ids } = pool.world.context;
    const own = await db.selectFrom('pool').selectAll().where('id', '=', pool.id).executeTakeFirstOrThrow();
    const other = ids.next('pool');
    await db
      .insertInto('pool')
      .values({ ...own, id: other, name: other })
      .execute();
    const moveTo = (poolId: string) =>
      db.updateTable('cluster').set({ pool_id: poolId }).where('id', '=', clusterId).execute();
    await moveTo(other);
    expect(orchestrator.view.namespace(clusterId)).toBeDefined();
    expect(await status(logs(), await as(owner))).toMatchObject({ status: 404, body: { code: 'not_found' } });
    await moveTo(pool.id);
    expect(await status(logs(), await as(owner))).toMatchObject({ status: 503 });
  });

  test('what a pool holds is told to operators only', async () => {
    const path = `/streams/pools/${pool.id}/held`;
    const { status: refused } = await status(path, await as(stranger));
    expect(refused).toBe(403);
    const { body } = await status(path, await as(pool.world.actor('org_operator')));
    expect(body).toEqual([
      { clusterId, object: expect.stringContaining('namespace clu-'), createdAt: expect.any(String) },
      { clusterId, object: expect.stringContaining('pod clu-'), createdAt: expect.any(String) },
    ]);
  });
});

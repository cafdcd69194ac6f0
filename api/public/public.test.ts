import { readFile } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiHarness, badInputCases, type Document, startApi, walkBadInput, walkReads } from '@muster/api-testing';
import { grantCredit } from '@muster/billing';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, systemActor } from '@muster/common';
import { publicApi } from '@muster/contract';
import {
  answer,
  createMusterClient,
  execSocket,
  followEvents,
  type MusterClient,
  Problem,
  readLog,
  type Schemas,
} from '@muster/contract/client';
import { createRedis } from '@muster/db';
import { appendEvent } from '@muster/events';
import { archiveLog } from '@muster/tasks';
import { recordUsage } from '@muster/usage';
import { publicHandlers } from './index.ts';

const modelId = 'nvidia-h100-80gb-sxm';
let api: ApiHarness;
let customer: Actor;
let stranger: Actor;
let powerless: Actor;
let document: Document;
let streams: Server;
const redis = createRedis(process.env.MUSTER_REDIS_URL!);
/** Wakes followers of an organization or of all, as RabbitMQ would. */
const bells = new Map<string, (type?: string) => void>();

beforeAll(async () => {
  // In the place of the orchestrator: it says what it was asked.
  streams = createServer((request, response) => response.end(`${request.url}\n`)).listen(0, '127.0.0.1');
  await new Promise((resolve) => streams.once('listening', resolve));
  const waker = {
    on(whose: string, wake: (type?: string) => void) {
      bells.set(whose, wake);
      return () => void bells.delete(whose);
    },
  };
  const url = `http://127.0.0.1:${(streams.address() as AddressInfo).port}`;
  api = await startApi(publicApi, (context) => publicHandlers(context, { streams: { url }, waker, redis }));
  [customer, stranger, powerless] = await Promise.all([api.person(), api.person(), api.person([])]);
  document = JSON.parse(await readFile(new URL('../contract/openapi/public.json', import.meta.url), 'utf8'));
  await seedCatalogue(api.context);
  await supply(6);
  for (const { organizationId } of [customer, stranger]) {
    await grantCredit(api.context, systemActor('test'), {
      organizationId,
      amountMicroUsd: 1_000_000_000n,
      reference: organizationId,
    });
  }
});
afterAll(async () => {
  await api.stop();
  redis.disconnect();
  streams.close();
});

/** So many free workers of one device each, in Germany. */
async function supply(count: number): Promise<void> {
  const { db, ids, clock } = api.context;
  const created_at = clock.now();
  const { organizationId } = await api.person();
  const pool_id = ids.next('pool');
  await db
    .insertInto('pool')
    .values({
      id: pool_id,
      organization_id: organizationId,
      name: 'pool',
      region: 'europe',
      country: 'DE',
      kind: 'attached',
      kubeconfig_encrypted: Buffer.alloc(1),
      created_at,
    })
    .execute();
  for (let index = 0; index < count; index++) {
    const id = ids.next('worker');
    await db
      .insertInto('worker')
      .values({
        id,
        organization_id: organizationId,
        pool_id,
        name: `worker ${index}`,
        node_name: id,
        origin: 'attached',
        status: 'idle',
        readiness: 'cluster-ready',
        connected: true,
        model_id: modelId,
        device_count: 1,
        country: 'DE',
        region: 'europe',
        down_mbps: 1000,
        up_mbps: 1000,
        connectivity_tier: 'high',
        created_at,
      })
      .execute();
    await db
      .insertInto('device')
      .values({ id: ids.next('device'), worker_id: id, index: 0, model_id: modelId, uuid: null })
      .execute();
  }
}

const request = {
  kind: 'container',
  processor: { modelIds: [modelId] },
  workers: 1,
} satisfies Schemas['ClusterRequest'];

/** The product's own client, in somebody's name. */
async function clientOf(actor: Actor): Promise<MusterClient> {
  const headers = await api.as(actor);
  return createMusterClient({ url: api.url, headers: () => headers });
}

const target = (who: Actor) => ({
  url: api.url,
  headersOf: (sender: string) => (sender === 'visitor' ? {} : api.as(sender === 'able' ? who : powerless)),
});

describe('the public API', () => {
  let clusterId: string;
  let taskId: string;

  test('an Idempotency-Key sent 50 times at once makes one cluster, and all get the same answer', async () => {
    const headers = { ...(await api.as(stranger)), 'content-type': 'application/json', 'idempotency-key': 'the-one' };
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () => {
        const response = await fetch(`${api.url}/v1/clusters`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ request: { ...request, image: 'registry.example/team/serve:1' } }),
        });
        return { status: response.status, body: await response.json() };
      }),
    );
    const clusters = await api.context.db
      .selectFrom('cluster')
      .select('id')
      .where('organization_id', '=', stranger.organizationId)
      .execute();
    expect(clusters).toHaveLength(1);
    clusterId = clusters[0]!.id;
    for (const each of answers) expect(each).toMatchObject({ status: 201, body: { id: clusterId } });
  });

  test('another organization’s things answer as unknown ones, and everything wrong with the right problem', async () => {
    const client = await clientOf(stranger);
    const quote = await answer(client.public.POST('/quotes', { body: request }));
    const bare = await answer(client.public.POST('/clusters', { body: { quoteId: quote.id } }));
    const task = await answer(
      client.public.POST('/clusters/{clusterId}/tasks', {
        params: { path: { clusterId: bare.id } },
        body: { image: 'registry.example/team/train:1', command: ['train'] },
      }),
    );
    taskId = task.id;
    const foreign = { clusterId, quoteId: quote.id, taskId, personId: stranger.id };
    const cases = badInputCases(document, { foreign });
    expect(cases.filter(({ name }) => name.endsWith("another organization's")).length).toBeGreaterThan(15);
    expect(await walkBadInput(target(customer), document, cases)).toEqual([]);
  });

  test('answers as its document says, to visitors and to its owner', async () => {
    const ids = { clusterId, taskId, modelId };
    expect(await walkReads(target(stranger), document, ids)).toEqual([]);
  });

  test('what workers use is told to the cluster’s owner as it was measured, and to nobody else', async () => {
    const params = { path: { clusterId } };
    const usageOf = async (who: Actor) =>
      answer((await clientOf(who)).public.GET('/clusters/{clusterId}/usage', { params }));
    expect(await usageOf(stranger)).toEqual({ intervalSeconds: 15, samples: [] });
    const at = api.context.clock.now();
    const measured = {
      rank: 0,
      cpuCores: 1.5,
      memoryBytes: 7,
      gpuUtilisation: 0.25,
      gpuMemoryBytes: 9,
      receivedBytesPerSecond: 1,
      sentBytesPerSecond: null,
    };
    await recordUsage(redis, clusterId, at, [measured]);
    expect((await usageOf(stranger)).samples).toEqual([{ at: at.toISOString(), ...measured }]);
    await expect(usageOf(customer)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a request that finds no workers is told why not, and what would work', async () => {
    const client = await clientOf(customer);
    const refusal = await client.public.POST('/quotes', { body: { ...request, workers: 500 } }).catch((error) => error);
    expect(refusal).toBeInstanceOf(Problem);
    expect(refusal).toMatchObject({ code: 'unfulfillable', status: 422 });
    expect(refusal.details.exclusions.length).toBeGreaterThan(0);
    expect(refusal.details.nearest[0].workers).toBeLessThan(500);
  });

  test('a change with the ETag of an older version is refused', async () => {
    const client = await clientOf(stranger);
    const params = { path: { clusterId } };
    const { response } = await client.public.GET('/clusters/{clusterId}', { params });
    const change = (name: string) =>
      client.public.PATCH('/clusters/{clusterId}', {
        params: { ...params, header: { 'If-Match': response.headers.get('etag')! } },
        body: { name },
      });
    expect((await change('first')).data?.name).toBe('first');
    await expect(change('second')).rejects.toMatchObject({ code: 'precondition_failed' });
  });

  test('logs come from the pool while a task runs, and from the archive when it has ended', async () => {
    const client = await clientOf(stranger);
    const read = async (query = {}) => {
      let log = '';
      for await (const text of readLog(client, { taskId }, query)) log += text;
      return log;
    };
    const set = (state: 'running' | 'succeeded') =>
      api.context.db
        .updateTable('task')
        .set({ state, attempt: 1, ...(state === 'succeeded' && { ended_at: new Date() }) })
        .where('id', '=', taskId)
        .execute();
    await expect(read()).rejects.toMatchObject({ code: 'conflict' });
    const followed = read({ follow: true });
    await set('running');
    expect(await followed).toContain('follow=true');
    expect(await read({ tail: 5 })).toMatch(
      new RegExp(`/streams/clusters/clu_.*/ranks/0/logs\\?.*tail=5.*taskId=${taskId}`),
    );
    const { cluster_id } = await api.context.db
      .selectFrom('task')
      .select('cluster_id')
      .where('id', '=', taskId)
      .executeTakeFirstOrThrow();
    const text = 'one\ntwo\nthree\n';
    await archiveLog(api.context, { clusterId: cluster_id, taskId, attempt: 1, rank: 0, text, truncated: false });
    await set('succeeded');
    expect(await read({ tail: 2 })).toBe('two\nthree\n');
    await expect(read({ rank: 1 })).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a shell', () => {
  test('into another organization’s cluster is refused as into an unknown one', async () => {
    const [{ id }] = (await api.context.db.selectFrom('cluster').select('id').execute()) as [{ id: string }];
    const { url, headers, protocol } = execSocket(await clientOf(customer), id, { command: ['sh'] });
    const status = await new Promise((resolve) => {
      get(url.replace('ws', 'http'), {
        headers: {
          ...headers,
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-protocol': protocol,
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        },
      }).once('response', (response) => resolve(response.statusCode));
    });
    expect(status).toBe(404);
  });
});

describe('the feed of events', () => {
  const happen = async (actor: Actor, type: string) => {
    await api.context.db.transaction().execute((trx) =>
      appendEvent(trx, api.context, {
        organizationId: actor.organizationId,
        subject: { kind: 'organization', id: actor.organizationId },
        type,
        actorId: 'system:test',
        reason: 'for the test',
      }),
    );
    bells.get(actor.organizationId)?.();
  };

  test('tells what happens in one’s own organization only, and resumes where it was left', async () => {
    const client = await clientOf(customer);
    const follow = async (count: number, lastEventId?: string) => {
      const stop = new AbortController();
      const seen: string[] = [];
      let position = lastEventId;
      for await (const next of followEvents(client, { signal: stop.signal, ...(lastEventId && { lastEventId }) })) {
        seen.push(next.event.type);
        position = next.position;
        if (seen.length === count) stop.abort();
      }
      return { seen, position };
    };
    const started = follow(2);
    while (!bells.has(customer.organizationId)) await new Promise((resolve) => setTimeout(resolve, 10));
    await happen(stranger, 'secret');
    await happen(customer, 'first');
    await happen(customer, 'second');
    const { seen, position } = await started;
    expect(seen).toEqual(['organization.first', 'organization.second']);

    await happen(customer, 'third');
    await happen(stranger, 'secret');
    await happen(customer, 'fourth');
    expect((await follow(2, position)).seen).toEqual(['organization.third', 'organization.fourth']);
  });
});

describe('changes of the network', () => {
  test('are told to a visitor, and nothing of them', async () => {
    const response = await fetch(`${api.url}/v1/network/changes`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    bells.get('all')?.('cluster.running');
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('data')) break;
    }
    expect(text).toBe('retry: 1000\n\nevent: changed\ndata:\n\n');
    while (bells.has('all')) await new Promise((resolve) => setTimeout(resolve, 10));
  });
});

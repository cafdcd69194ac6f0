import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type ApiHarness, startApi } from '@muster/api-testing';
import { type Actor, DomainError, ManualClock } from '@muster/common';
import { type Contract, route } from '@muster/contract';
import WebSocket from 'ws';
import { z } from 'zod';
import { forwardUpgrade, verifyIdentity } from './index.ts';

const one = z.strictObject({ thingId: z.string().regex(/^thg_\d+$/, 'must be an id that begins with thg_') });
const named = z.strictObject({ name: z.string().min(1).max(20), parts: z.array(z.string().max(5)).max(3).optional() });
const Made = z.object({ id: z.string(), name: z.string() });

const contract = {
  base: '/t/v1',
  title: 'Test',
  description: 'Test',
  routes: {
    things: {
      make: route({
        method: 'post',
        path: '/things',
        summary: 'Make',
        access: { scope: 'clusters:write' },
        body: named,
        answer: Made,
        status: 201,
        errors: ['quota_exceeded'],
      }),
      get: route({
        method: 'get',
        path: '/things/{thingId}',
        summary: 'Get',
        access: { anyone: true },
        params: one,
        answer: z.object({ id: z.string(), version: z.number(), note: z.string() }),
        errors: [],
        versioned: true,
      }),
      change: route({
        method: 'patch',
        path: '/things/{thingId}',
        summary: 'Change',
        access: { signedIn: true },
        params: one,
        body: z.strictObject({ note: z.string().max(10) }),
        answer: z.object({ id: z.string(), version: z.number(), note: z.string() }),
        errors: [],
        versioned: true,
      }),
      fail: route({
        method: 'get',
        path: '/failure',
        summary: 'Fail',
        access: { anyone: true },
        answer: Made,
        errors: [],
      }),
      shell: route({
        method: 'get',
        path: '/things/{thingId}/shell',
        summary: 'Shell',
        access: { scope: 'clusters:write' },
        params: one,
        query: z.strictObject({ command: z.string().max(10) }),
        stream: 'websocket',
        errors: [],
      }),
    },
  },
} satisfies Contract;

let api: ApiHarness;
let actor: Actor;
let made: string[] = [];
let make: (name: string, id: string | undefined) => Promise<{ id: string; name: string }>;
let shellUrl = '';
const thing = { id: 'thg_1', version: 3, note: 'one', secret: 'never shown' };
let failure: unknown;

beforeAll(async () => {
  api = await startApi(contract, () => ({
    things: {
      make: async ({ body, idempotencyId }) => make(body.name, idempotencyId),
      get: async () => thing,
      change: async ({ body, expectedVersion }) => {
        if (expectedVersion !== undefined && expectedVersion !== thing.version)
          throw new DomainError('precondition_failed', 'It has changed.');
        return Object.assign(thing, { note: body.note, version: thing.version + 1 });
      },
      fail: async () => {
        throw failure;
      },
      shell: (_call, reply) => forwardUpgrade(new URL(shellUrl), reply),
    },
  }));
  actor = await api.person();
});
afterAll(() => api.stop());
beforeEach(() => {
  made = [];
  make = async (name, id = 'none') => {
    made.push(id);
    return { id, name };
  };
});

async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}, who?: Actor) {
  const headers = { ...(who && (await api.as(who))), ...init.headers };
  const response = await fetch(`${api.url}/t/v1${path}`, { ...init, headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text && JSON.parse(text) };
}
const post = (body: unknown, headers: Record<string, string> = {}, who = actor) =>
  ask(
    '/things',
    { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } },
    who,
  );

describe('an API', () => {
  test('answers what the contract names, and nothing else of what the domain gave', async () => {
    expect((await ask('/things/thg_1')).body).toEqual({ id: 'thg_1', version: 3, note: 'one' });
  });

  test('names every wrong field with its path', async () => {
    const { status, headers, body } = await post({ name: '', parts: ['a', 7], more: 1 });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body.fields.map(({ path }: { path: string }) => path).sort()).toEqual([
      'body.more',
      'body.name',
      'body.parts.1',
    ]);
  });

  test('refuses text that no database can hold', async () => {
    for (const name of ['a\0b', '\ud800'])
      expect((await post({ name })).body).toMatchObject({ code: 'invalid_request' });
  });

  test('a fault of ours shows the request’s id, and nothing of what went wrong', async () => {
    failure = new Error('secret detail');
    const { status, body } = await ask('/failure', {}, actor);
    expect({ status, body }).toMatchObject({ status: 500, body: { code: 'internal', requestId: 'req_test' } });
    expect(JSON.stringify(body)).not.toContain('secret detail');
  });

  test('an engine that is away is not a fault of the request: it may come again', async () => {
    failure = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
    const { status, headers, body } = await ask('/failure');
    expect({ status, code: body.code, after: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'unavailable',
      after: '1',
    });
  });

  test('details of a refusal come with it, with money as text', async () => {
    failure = new DomainError('price_guard', 'Too dear.', { fix: 'Pay more.', details: { price: 5n } });
    expect((await ask('/failure')).body).toMatchObject({
      code: 'price_guard',
      detail: 'Too dear.',
      fix: 'Pay more.',
      price: '5',
    });
  });

  test('trusts nobody but who holds the gateway’s key, and only for a minute', async () => {
    const headers = await api.as(actor);
    const [name, token] = Object.entries(headers)[0]!;
    const forged = `${token.slice(0, token.lastIndexOf('.'))}.${'A'.repeat(86)}`;
    expect((await ask('/things/thg_1', { headers: { [name]: forged } })).body.code).toBe('unauthenticated');

    const clock = new ManualClock(new Date(Date.now() + 120_000));
    await expect(verifyIdentity(token, api.identityKey, clock.now())).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await verifyIdentity(token, api.identityKey, new Date())).actor).toEqual(actor);
  });

  test('its document is served where it stands', async () => {
    expect((await ask('/openapi.json')).body).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/t/v1' }] });
  });

  test('durations are counted by route, not by address', async () => {
    await ask('/things/thg_1');
    await ask('/things/thg_2');
    const { values } = await api.metrics.getSingleMetric('http_request_duration_seconds')!.get();
    const routes = new Set(values.map(({ labels }) => labels.route));
    expect(routes).toContain('/t/v1/things/{thingId}');
    expect([...routes].join()).not.toContain('thg_');
  });
});

describe('an ETag', () => {
  test('spares an answer that is still the same', async () => {
    const first = await ask('/things/thg_1');
    const etag = first.headers.get('etag')!;
    expect((await ask('/things/thg_1', { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await ask('/things/thg_1', { headers: { 'if-none-match': `"other", W/${etag}` } })).status).toBe(304);
    expect((await ask('/things/thg_1', { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
  });

  test('lets the first of two writers through, and tells the second', async () => {
    const etag = (await ask('/things/thg_1')).headers.get('etag')!;
    const change = (note: string) =>
      ask(
        '/things/thg_1',
        {
          method: 'PATCH',
          body: JSON.stringify({ note }),
          headers: { 'content-type': 'application/json', 'if-match': etag },
        },
        actor,
      );
    expect((await change('first')).status).toBe(200);
    expect((await change('second')).body.code).toBe('precondition_failed');
    expect((await ask('/things/thg_1')).body.note).toBe('first');
  });
});

describe('an Idempotency-Key', () => {
  const key = () => ({ 'idempotency-key': `key-${Math.random()}` });

  test('sent 50 times at once takes effect once, and all get the same answer', async () => {
    const sent = key();
    make = async (name, id) => {
      made.push(id!);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return { id: id!, name };
    };
    const answers = await Promise.all(Array.from({ length: 50 }, () => post({ name: 'one' }, sent)));
    expect(made).toHaveLength(1);
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(49);
  });

  test('with another request is refused', async () => {
    const sent = key();
    await post({ name: 'one' }, sent);
    expect((await post({ name: 'two' }, sent)).body.code).toBe('idempotency_conflict');
  });

  test('belongs to one organization: another’s is another key', async () => {
    const sent = key();
    const other = await api.person();
    await post({ name: 'one' }, sent);
    expect((await post({ name: 'two' }, sent, other)).status).toBe(201);
  });

  test('keeps a refusal, but no fault of ours', async () => {
    const refused = key();
    const failed = key();
    make = async () => {
      made.push('tried');
      throw new DomainError('quota_exceeded', 'Too many.');
    };
    for (let time = 0; time < 2; time++) expect((await post({ name: 'one' }, refused)).status).toBe(422);
    expect(made).toHaveLength(1);
    make = async () => {
      throw new Error('broken');
    };
    expect((await post({ name: 'one' }, failed)).status).toBe(500);
    make = async (name) => ({ id: 'ok', name });
    expect((await post({ name: 'one' }, failed)).status).toBe(201);
  });

  test('is not used up by a request that is malformed', async () => {
    const sent = key();
    expect((await post({ name: 7 }, sent)).status).toBe(400);
    expect((await post({ name: 'one' }, sent)).status).toBe(201);
  });

  test('names the same thing again when the process died between commit and answer', async () => {
    const sent = key();
    await post({ name: 'one' }, sent);
    // As the process left it: at work, under a lock that has run out.
    await api.context.db
      .updateTable('idempotent_request')
      .set({ response_status: null, response_body: null, locked_until: new Date(0) })
      .where('key', '=', sent['idempotency-key'])
      .execute();
    const again = await post({ name: 'one' }, sent);
    expect({ status: again.status, replayed: again.headers.get('idempotent-replayed') }).toEqual({
      status: 201,
      replayed: null,
    });
    expect(made).toHaveLength(2);
    expect(made[0]).toMatch(/^[0-9a-hjkmnp-tv-z]{26}$/);
    expect(made[1]).toBe(made[0]);
  });
});

describe('a WebSocket', () => {
  test('is passed on with the caller’s identity, and refused in plain HTTP', async () => {
    const { WebSocketServer } = await import('ws');
    const behind = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise((resolve) => behind.once('listening', resolve));
    shellUrl = `http://127.0.0.1:${(behind.address() as AddressInfo).port}/shell`;
    behind.on('connection', (socket, request) => {
      socket.on('message', (data) =>
        socket.send(`${request.headers['x-muster-identity'] ? 'known' : 'unknown'} ${data}`),
      );
    });

    const socket = new WebSocket(`${api.url.replace('http', 'ws')}/t/v1/things/thg_1/shell?command=ls`, {
      headers: await api.as(actor),
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.send('hello');
    expect(String(await new Promise((resolve) => socket.once('message', resolve)))).toBe('known hello');
    socket.close();

    const status = await new Promise((resolve) => {
      get(`${api.url}/t/v1/things/thg_1/shell?command=ls`, {
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
          'sec-websocket-version': '13',
        },
      }).once('response', (response) => resolve(response.statusCode));
    });
    expect(status).toBe(401);
    behind.close();
  });
});

import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyIdentity } from '@muster/api-http';
import { revokeApiKey } from '@muster/customers';
import { WebSocket } from 'ws';
import { ask, bearer, type Harness, logIn, someAddress, someone, startHarness } from './testing.ts';

/** What the services do in these tests, by path. */
const paths: Record<string, (request: IncomingMessage, response: ServerResponse) => unknown> = {
  '/v1/forbidden': (_request, response) => response.writeHead(403).end(),
  '/v1/silent': () => {},
  '/v1/broken': (request) => request.socket.destroy(),
  '/v1/half': (_request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('half');
    setImmediate(() => response.destroy());
  },
  '/v1/events': (_request, response) => {
    streams.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\ndata: first\n\n');
  },
};
const streams: ServerResponse[] = [];

let harness: Harness;
let url: string;
let key: string;
let keyId: string;
let email: string;
beforeAll(async () => {
  harness = await startHarness(
    { MUSTER_UPSTREAM_TIMEOUT_MS: '300', MUSTER_RECHECK_MS: '200' },
    (request, response, body) => {
      const act = paths[request.url ?? ''];
      if (act) return act(request, response);
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }));
    },
  );
  url = harness.url;
  ({ key, keyId, email } = await someone(harness.context));
});
afterAll(async () => harness[Symbol.asyncDispose]());

describe('forwarding', () => {
  test.each([
    ['/v1/clusters', 'public'],
    ['/v1', 'public'],
    ['/private/v1/workers', 'private'],
    ['/internal/v1/openapi.json', 'internal'],
  ])('%s goes to the service %s', async (path, service) => {
    await ask(url, path, { from: someAddress() });
    expect(harness.reached.at(-1)).toMatchObject({ url: path, service });
  });

  test.each(['/v1x/clusters', '/privat', '/nothing'])('%s goes to no service', async (path) => {
    const before = harness.reached.length;
    expect(await ask(url, path, { from: someAddress() })).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(harness.reached).toHaveLength(before);
  });

  test('the agents’ address is not served to those without a certificate', async () => {
    expect((await ask(url, '/private/v1/agent/connect', { headers: bearer(key) })).status).toBe(404);
  });

  test('path, query, method, body and headers arrive unchanged, with ids that tie the request together', async () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const headers = { ...bearer(key), traceparent, 'idempotency-key': 'k', 'x-request-id': 'bad id' };
    const path = '/v1/clusters?cursor=a%20b&limit=2';
    const answer = await ask(url, path, { method: 'PATCH', body: { a: 'ünï' }, headers });
    expect(answer.json).toMatchObject({ method: 'PATCH', url: path, body: '{"a":"ünï"}' });
    expect(answer.json.headers).toMatchObject({ 'idempotency-key': 'k', 'content-type': 'application/json' });
    expect(answer.json.headers.traceparent).toMatch(new RegExp(`^00-${'a'.repeat(32)}-[0-9a-f]{16}-01$`));
    expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{26}$/);
    expect(answer.json.headers['x-request-id']).toBe(answer.headers['x-request-id']);
  });

  test('connections to services are used again, and answers keep the caller’s connection', async () => {
    const sockets = new Set<unknown>();
    harness.services[0]!.on('connection', (socket) => sockets.add(socket));
    for (let number = 0; number < 10; number += 1) await ask(url, '/v1/clusters', { headers: bearer(key) });
    expect(sockets.size).toBeLessThanOrEqual(1);
  });

  test('what an API refuses for want of a right is audited, too', async () => {
    expect((await ask(url, '/v1/forbidden', { headers: bearer(key) })).status).toBe(403);
    const rows = () =>
      harness.context.db
        .selectFrom('audit_event')
        .select(['outcome', 'actor_id'])
        .where('path', '=', '/v1/forbidden')
        .execute();
    while ((await rows()).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await rows()).toEqual([{ outcome: 'forbidden', actor_id: keyId }]);
  });
});

describe('services that fail', () => {
  test.each([
    ['breaks off', '/v1/broken'],
    ['stays silent', '/v1/silent'],
  ])('one that %s is a 502 with the request’s id and when to try again', async (_name, path) => {
    const answer = await ask(url, path, { headers: bearer(key) });
    expect(answer).toMatchObject({ status: 502, json: { code: 'bad_gateway' } });
    expect(answer.json.requestId).toBe(answer.headers['x-request-id']);
    expect(answer.headers['retry-after']).toBeDefined();
  });

  test('one that does not run is a 503, also for WebSockets', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await using down = await startHarness({ MUSTER_PUBLIC_URL: `http://127.0.0.1:${port}` });
    const answer = await ask(down.url, '/v1/offers', { from: someAddress() });
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(answer.headers['retry-after']).toBeDefined();
    const socket = new WebSocket(`${down.url.replace('http', 'ws')}/v1/x`);
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toBe('application/problem+json');
  });

  test('half an answer does not look like a whole one', async () => {
    await expect(ask(url, '/v1/half', { headers: bearer(key) })).rejects.toThrow();
  });
});

describe('streams', () => {
  test('an event reaches the caller while the stream is open, and silence does not end it', async () => {
    const request = get(`${url}/v1/events`, { headers: { ...bearer(key), accept: 'text/event-stream' } });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.headers['content-type']).toBe('text/event-stream');
    const next = async () => String((await once(response, 'data'))[0]);
    expect(await next()).toContain('data: first');
    // Longer than a service may take until its answer begins
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stream = streams.at(-1)!;
    const second = next();
    stream.write('id: 2\ndata: second\n\n');
    expect(await second).toContain('data: second');

    const closed = once(stream, 'close');
    request.destroy();
    await closed;
  });
});

describe('WebSockets', () => {
  const address = (path: string) => `${url.replace('http', 'ws')}${path}`;
  const sockets = () => harness.webSockets[0]!;
  const refused = async (socket: WebSocket) =>
    ((await once(socket, 'unexpected-response')) as [unknown, IncomingMessage])[1].statusCode;

  test('frames go both ways, as text and as bytes, under the caller’s identity', async () => {
    const socket = new WebSocket(address('/v1/clusters/clu_1/exec?rank=0'), { headers: bearer(key) });
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
    socket.send(Buffer.from([0, 255]));
    expect((await once(socket, 'message'))[0]).toEqual(Buffer.from([0, 255]));
    const { headers, url: reachedUrl } = harness.reached.at(-1)!;
    expect(reachedUrl).toBe('/v1/clusters/clu_1/exec?rank=0');
    expect(headers.authorization).toBeUndefined();
    const { actor } = await verifyIdentity(
      headers['x-muster-identity'] as string,
      harness.identityPublicKey,
      new Date(),
    );
    expect(actor.id).toBe(keyId);
    expect(await harness.registry.metrics()).toMatch(/websocket_connections\{.*\} 1/);
    socket.close();
    await once(socket, 'close');
  });

  test('a shell is audited before it is opened, without its command', async () => {
    const path = '/v1/clusters/clu_shell/exec';
    const socket = new WebSocket(address(`${path}?rank=0&command=secret`), { headers: bearer(key) });
    await once(socket, 'open');
    const rows = await harness.context.db.selectFrom('audit_event').selectAll().where('path', '=', path).execute();
    expect(rows).toMatchObject([{ method: 'WEBSOCKET', actor_id: keyId, outcome: 'accepted' }]);
    socket.terminate();
  });

  test('a connection that is lost on one side is closed on the other', async () => {
    const open = async () => {
      const accepted = once(sockets(), 'connection');
      const near = new WebSocket(address('/v1/x'), { headers: bearer(key) });
      await once(near, 'open');
      return { near, far: (await accepted)[0] as WebSocket };
    };
    const first = await open();
    first.near.terminate();
    await once(first.far, 'close');
    const second = await open();
    second.far.terminate();
    await once(second.near, 'close');
  });

  test('the same credentials are needed and the same limits hold as for requests', async () => {
    expect(await refused(new WebSocket(address('/v1/x'), { headers: bearer('msk_wrong') }))).toBe(401);
    expect(await refused(new WebSocket(address('/v1/x?token=a'), { headers: bearer(key) }))).toBe(400);
    await using narrow = await startHarness({ MUSTER_LIMIT_ACTOR: '1' });
    const other = await someone(narrow.context);
    const open = () => new WebSocket(`${narrow.url.replace('http', 'ws')}/v1/x`, { headers: bearer(other.key) });
    const first = open();
    await once(first, 'open');
    expect(await refused(open())).toBe(429);
    first.terminate();
  });

  test('with a session, only our own pages open one', async () => {
    const from = someAddress();
    const { cookie } = await logIn(url, email, from);
    const open = (origin?: string) =>
      new WebSocket(address('/v1/x'), { headers: { cookie, 'x-forwarded-for': from, ...(origin && { origin }) } });
    for (const origin of ['https://evil.example', 'null', undefined]) expect(await refused(open(origin))).toBe(403);
    const socket = open(url);
    await once(socket, 'open');
    socket.terminate();
  });
});

describe('a credential that ends', () => {
  test('takes its open shells and streams with it, and nobody else’s', async () => {
    const gone = await someone(harness.context);
    const shell = (of: string) => new WebSocket(`${url.replace('http', 'ws')}/v1/x`, { headers: bearer(of) });
    const [theirs, mine] = [shell(gone.key), shell(key)];
    await Promise.all([once(theirs, 'open'), once(mine, 'open')]);
    const feed = get(`${url}/v1/events`, { headers: bearer(gone.key) });
    const [response] = (await once(feed, 'response')) as [IncomingMessage];
    const cut = new Promise((resolve) => response.on('error', resolve).resume());

    const ended = Promise.all([once(theirs, 'close'), cut]);
    await revokeApiKey(harness.context, gone.actor, gone.keyId);
    await ended;
    expect(mine.readyState).toBe(WebSocket.OPEN);
    mine.terminate();
  });
});

describe('pages', () => {
  test('without the web, / names the APIs; every answer has the security headers', async () => {
    const answer = await ask(url, '/', { from: someAddress() });
    expect(answer.json.openapi).toContain('/v1/openapi.json');
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(answer.headers['content-security-policy']).toContain("default-src 'self'");
    expect(answer.headers).not.toHaveProperty('x-powered-by');
  });
});

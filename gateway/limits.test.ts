import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import { networkOf } from './limits.ts';
import { ask, bearer, type Harness, logIn, nobody, someAddress, someone, startHarness } from './testing.ts';

let harness: Harness;
let url: string;
beforeAll(async () => {
  harness = await startHarness({
    MUSTER_LIMIT_VISITOR: '8',
    MUSTER_LIMIT_ACTOR: '12',
    MUSTER_LIMIT_WRITES: '4',
    MUSTER_LIMIT_LOGINS_ACCOUNT: '3',
    MUSTER_LIMIT_LOGINS_ADDRESS: '5',
    MUSTER_LIMIT_SIGNUPS: '1',
  });
  url = harness.url;
});
afterAll(async () => harness[Symbol.asyncDispose]());

async function statuses(count: number, request: () => ReturnType<typeof ask>): Promise<number[]> {
  const all: number[] = [];
  for (let number = 0; number < count; number += 1) all.push((await request()).status);
  return all;
}
const passed = (all: number[]) => all.filter((status) => status === 200).length;

describe('rate limits', () => {
  test('a visitor’s address has its requests, is told how many are left, and when there are more', async () => {
    const from = someAddress();
    const first = await ask(url, '/v1/offers', { from });
    expect(first.headers).toMatchObject({
      'ratelimit-limit': '8',
      'ratelimit-remaining': '7',
      'ratelimit-policy': '"visitor";q=8;w=60',
      ratelimit: expect.stringMatching(/^"visitor";r=7;t=\d+$/),
    });
    expect(passed(await statuses(7, () => ask(url, '/v1/offers', { from })))).toBe(7);
    const refused = await ask(url, '/v1/offers', { from });
    expect(refused).toMatchObject({ status: 429, json: { code: 'rate_limited' } });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await ask(url, '/v1/offers', { from: someAddress() })).status).toBe(200);
    expect(await harness.registry.metrics()).toMatch(/rate_limited_total\{limit="visitor".*\} [1-9]/);
  });

  test('an actor has its requests from wherever it sends them', async () => {
    const { key } = await someone(harness.context);
    const request = () => ask(url, '/v1/clusters', { headers: bearer(key), from: someAddress() });
    expect(passed(await statuses(15, request))).toBe(12);
  });

  test('changes are counted for the organization, over all of its credentials', async () => {
    const { key, email } = await someone(harness.context);
    const from = someAddress();
    const { cookie, csrf } = await logIn(url, email, from);
    const byKey = () => ask(url, '/v1/clusters', { method: 'POST', body: {}, headers: bearer(key) });
    const bySession = () =>
      ask(url, '/v1/clusters', { method: 'POST', body: {}, headers: { cookie, 'x-csrf-token': csrf }, from });
    expect(passed([...(await statuses(3, byKey)), ...(await statuses(3, bySession))])).toBe(4);
    expect((await ask(url, '/v1/clusters', { headers: bearer(key) })).status).toBe(200);
  });

  test('logins are limited by account, whatever the address, and by address, whatever the account', async () => {
    const { email } = await someone(harness.context);
    const attempt = (email: string, from: string) =>
      ask(url, '/v1/login', { method: 'POST', body: { email, password: 'wrong password' }, from });
    expect(await statuses(5, () => attempt(email.toUpperCase(), someAddress()))).toEqual([401, 401, 401, 429, 429]);
    const from = someAddress();
    const others = await statuses(7, () => attempt(nobody(), from));
    expect(others).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('an address signs up only so many organizations', async () => {
    const from = someAddress();
    const signUp = () => {
      const email = `${harness.context.ids.next('person')}@example.com`;
      const body = { email, password: 'a long password', name: 'A', organizationName: 'O' };
      return ask(url, '/v1/signup', { method: 'POST', body, from });
    };
    expect(await statuses(2, signUp)).toEqual([201, 429]);
  });

  test('a caller has only so many requests and streams open at once; what ends makes room', async () => {
    await using narrow = await startHarness({ MUSTER_LIMIT_OPEN: '2' });
    const [{ key }, { key: other }] = [await someone(narrow.context), await someone(narrow.context)];
    const open = async () => {
      const socket = new WebSocket(`${narrow.url.replace('http', 'ws')}/v1/x`, { headers: bearer(key) });
      await once(socket, 'open');
      return socket;
    };
    const [first, second] = [await open(), await open()];
    const asked = () => ask(narrow.url, '/v1/clusters', { headers: bearer(key) });
    expect(await asked()).toMatchObject({ status: 429, json: { code: 'rate_limited', fix: expect.any(String) } });
    expect((await ask(narrow.url, '/v1/clusters', { headers: bearer(other) })).status).toBe(200);
    first.close();
    await once(first, 'close');
    await setTimeout(50);
    // What was answered is open no longer.
    expect(passed(await statuses(3, asked))).toBe(3);
    second.close();
  });

  test('who leaves before the answer, with more requests behind it on the connection, holds nothing afterwards', async () => {
    await using narrow = await startHarness({ MUSTER_LIMIT_OPEN: '3' }, async (_request, response) => {
      await setTimeout(150);
      response.end();
    });
    const { key } = await someone(narrow.context);
    const { host, hostname, port } = new URL(narrow.url);
    const request = `GET /v1/clusters HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${key}\r\n\r\n`;
    // While it is looked who they are, and while they wait for the service.
    for (const waitMs of [0, 2, 5, 75, 100]) {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      socket.write(request.repeat(3));
      await setTimeout(waitMs);
      socket.destroy();
    }
    const statusesOf = () =>
      Promise.all([1, 2, 3].map(async () => (await ask(narrow.url, '/v1/clusters', { headers: bearer(key) })).status));
    await setTimeout(100);
    expect(await statusesOf()).toEqual([200, 200, 200]);
  });

  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('an IPv6 customer is one network: %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('while Redis is away', () => {
  test('the gate is narrower, never open; API keys go on, sessions are told, and all is well afterwards', async () => {
    const { key, email } = await someone(harness.context);
    const { key: fresh } = await someone(harness.context);
    const from = someAddress();
    const { cookie } = await logIn(url, email, from);
    expect((await ask(url, '/v1/clusters', { headers: bearer(key) })).status).toBe(200);

    harness.redis.cut();
    const degraded = await statuses(10, () => ask(url, '/v1/clusters', { headers: bearer(key) }));
    expect(passed(degraded)).toBe(3);
    expect(degraded.slice(3).every((status) => status === 429)).toBe(true);
    expect((await ask(url, '/v1/clusters', { headers: bearer(fresh) })).status).toBe(200);

    const session = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(session).toMatchObject({
      status: 503,
      json: { code: 'unavailable', fix: expect.stringContaining('API key') },
    });
    expect(session.headers['retry-after']).toBeDefined();
    expect(await harness.registry.metrics()).toMatch(/redis_up\{.*\} 0/);

    await harness.redis.mend();
    expect((await ask(url, '/v1/clusters', { headers: { cookie }, from })).status).toBe(200);
    expect((await ask(url, '/v1/clusters', { headers: bearer(key) })).status).toBe(200);
    expect(await harness.registry.metrics()).toMatch(/redis_up\{.*\} 1/);
  });
});

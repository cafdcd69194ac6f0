import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Networks } from './firewall.ts';
import { ask, bearer, type Harness, someAddress, someone, startHarness } from './testing.ts';

let harness: Harness;
let url: string;
beforeAll(async () => {
  harness = await startHarness({
    MUSTER_FIREWALL_ALLOW: '10.0.0.0/8, 2001:db8::/32, 127.0.0.1',
    MUSTER_FIREWALL_DENY: '10.66.0.0/16, 2001:db8:bad::/48, 10.1.2.3',
    MUSTER_MAX_BODY_BYTES: '1000',
    MUSTER_MAX_HEADER_BYTES: '4096',
    MUSTER_MAX_HEADERS: '20',
    MUSTER_HEADERS_TIMEOUT_MS: '300',
    MUSTER_REQUEST_TIMEOUT_MS: '600',
  });
  url = harness.url;
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** Sends bytes as they are, and answers with all that comes back until the connection is closed. */
function raw(send: string, then?: (write: (text: string) => void) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(harness.gateway.port, '127.0.0.1', () => {
      socket.write(send);
      then?.((text) => socket.writable && socket.write(text));
    });
    let received = '';
    socket.setEncoding('utf8').on('data', (text) => {
      received += text;
    });
    socket.on('close', () => resolve(received)).on('error', reject);
  });
}

const problemOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

describe('addresses', () => {
  test.each([
    ['10.1.1.1', 200],
    ['10.66.0.1', 403],
    ['10.1.2.3', 403],
    ['192.0.2.1', 403],
    ['::ffff:10.66.0.1', 403],
    ['2001:db8::1', 200],
    ['2001:db8:bad::1', 403],
    ['2001:db9::1', 403],
  ])('the lists decide: %s', async (from, status) => {
    const answer = await ask(url, '/v1/offers', { from });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json.code).toBe('blocked');
  });

  test('the last hop that is not trusted is the caller: what it claims before does not count', async () => {
    const answer = await ask(url, '/v1/offers', { headers: { 'x-forwarded-for': '10.1.1.1, 10.66.0.1' } });
    expect(answer.status).toBe(403);
    const passed = await ask(url, '/v1/offers', { headers: { 'x-forwarded-for': '10.66.0.1, 10.1.1.1' } });
    expect(passed.json.headers['x-forwarded-for']).toBe('10.1.1.1');
  });

  test('without a trusted proxy, X-Forwarded-For is not believed', async () => {
    await using direct = await startHarness({ MUSTER_TRUSTED_PROXIES: '', MUSTER_FIREWALL_ALLOW: '10.0.0.0/8' });
    expect((await ask(direct.url, '/v1/offers', { from: '10.1.1.1' })).status).toBe(403);
  });

  test.each(['10.0.0.0/99', 'localhost', '10.0.0.0/'])('a wrong network is not taken for none: %s', (network) => {
    expect(() => new Networks([network])).toThrow();
  });
});

describe('requests', () => {
  test.each(['OPTIONS', 'TRACE', 'PROPFIND'])('the method %s is refused', async (method) => {
    const answer = await ask(url, '/v1/offers', { method, from: someAddress() });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
  });

  test.each([
    '/v1/../internal/v1/clusters',
    '/v1/%2e%2e/internal/v1/clusters',
    '/v1/a%2Fb',
    '/v1/a%5cb',
    '/v1//clusters',
    '/v1/./clusters',
    '//internal/v1',
  ])('a path that another reader could take for another is refused: %s', async (path) => {
    expect(await ask(url, path, { from: '10.9.9.1' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request' },
    });
  });

  test('an absolute target is refused', async () => {
    const answer = await raw('GET http://internal/v1/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(answer).toContain('HTTP/1.1 400');
  });

  test('a declared body over the limit is refused before it is read', async () => {
    const { key } = await someone(harness.context);
    const body = { x: 'x'.repeat(2_000) };
    const answer = await ask(url, '/v1/clusters', { method: 'POST', body, headers: bearer(key), from: '10.9.9.2' });
    expect(answer).toMatchObject({ status: 413, json: { code: 'too_large' } });
  });

  test('a streamed body over the limit is cut off, and the service never gets it whole', async () => {
    const { key } = await someone(harness.context);
    const before = harness.reached.length;
    const body = ['{"x":"', ...Array<string>(50).fill('x'.repeat(100)), '"}'];
    const headers = { ...bearer(key), 'content-type': 'application/json' };
    const answer = await ask(url, '/v1/clusters', { method: 'POST', body, headers, from: '10.9.9.3' });
    expect(answer).toMatchObject({ status: 413, json: { code: 'too_large' } });
    expect(answer.headers.connection).toBe('close');
    const whole = harness.reached.slice(before).filter((each) => each.body.endsWith('"}'));
    expect(whole).toEqual([]);
  });

  test('a streamed body under the limit arrives as it was sent', async () => {
    const { key } = await someone(harness.context);
    const headers = { ...bearer(key), 'content-type': 'application/json' };
    const body = ['{"x":"', 'y'.repeat(900), '"}'];
    const { json } = await ask(url, '/v1/clusters', { method: 'POST', body, headers, from: '10.9.9.4' });
    expect(json.body).toBe(body.join(''));
  });

  test('too large headers, and too many, are refused with 431', async () => {
    const large = await raw(`GET /v1/offers HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(10_000)}\r\n\r\n`);
    expect(large).toContain('HTTP/1.1 431');
    expect(large).toContain('content-type: application/problem+json');
    expect(problemOf(large)).toMatchObject({ code: 'headers_too_large', status: 431 });

    const headers = Object.fromEntries(Array.from({ length: 30 }, (_, number) => [`x-${number}`, 'x']));
    expect(await ask(url, '/v1/offers', { headers, from: '10.9.9.5' })).toMatchObject({
      status: 431,
      json: { code: 'headers_too_large' },
    });
  });

  test.each([
    ['two lengths', 'POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    [
      'a length and chunks',
      'POST /v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a header with a gap', 'GET /v1/x HTTP/1.1\r\nHost : x\r\n\r\n'],
    ['no host', 'GET /v1/x HTTP/1.1\r\n\r\n'],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('what two readers could read differently is refused: %s', async (_name, text) => {
    expect(await raw(text)).toMatch(/^HTTP\/1\.1 400/);
  });
});

describe('slow clients', () => {
  test('headers that trickle in are cut off', async () => {
    let timer: NodeJS.Timeout | undefined;
    const answer = await raw('GET /v1/offers HTTP/1.1\r\nHost: x\r\n', (write) => {
      timer = setInterval(() => write('X-Slow: 1\r\n'), 50);
    });
    clearInterval(timer);
    expect(answer).toContain('HTTP/1.1 408');
    expect(problemOf(answer)).toMatchObject({ status: 408, code: 'invalid_request' });
  });

  test('a body that trickles in is cut off', async () => {
    const { key } = await someone(harness.context);
    let timer: NodeJS.Timeout | undefined;
    const head = `POST /v1/clusters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\nContent-Length: 900\r\n\r\n`;
    const answer = await raw(head, (write) => {
      timer = setInterval(() => write('x'), 50);
    });
    clearInterval(timer);
    expect(answer).toContain('HTTP/1.1 408');
    expect(harness.reached.every((each) => each.body.length < 900 || !each.body.startsWith('xx'))).toBe(true);
  });
});

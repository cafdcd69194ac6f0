/** The command line as a program: exit codes, output and input, against a server that answers as the gateway does. */
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Problem } from '@muster/contract/client';
import { exitCodeOf, exitCodes, UserError } from './failure.ts';
import { money, table } from './output.ts';
import { readPages } from './pages.ts';
import { type RequestFlags, toRequest } from './request.ts';

let server: Server;
let url: string;
const refusal = {
  type: 'about:blank',
  title: 'No workers match',
  status: 422,
  detail: 'No 2 workers match.',
  code: 'unfulfillable',
  requestId: 'req_1',
  exclusions: [{ dimension: 'compliance', required: 'soc2', excluded: 9, sentence: '9 lack SOC 2' }],
  nearest: [
    { kind: 'container', processor: { modelIds: ['m'], devicesPerWorker: 1 }, workers: 1, compliance: ['gdpr'] },
  ],
};
beforeAll(async () => {
  server = createServer((request, response) => {
    const problem = (document: typeof refusal | { status: number; code: string }) =>
      response.writeHead(document.status, { 'content-type': 'application/problem+json' }).end(JSON.stringify(document));
    if (request.url === '/v1/quotes') return problem(refusal);
    if (request.url === '/v1/balance')
      return problem({ ...refusal, status: 401, code: 'unauthenticated', exclusions: [] });
    if (request.url === '/v1/models') return response.writeHead(503).end();
    if (request.url?.startsWith('/v1/offers')) {
      return response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ items: [], nextCursor: null }));
    }
    return response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function muster(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const environment = { ...process.env, MUSTER_URL: url, MUSTER_API_KEY: 'msk_test', NODE_OPTIONS: '' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [new URL('./main.ts', import.meta.url).pathname, ...args],
      { env: environment },
      (error, stdout, stderr) => resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('exit codes', () => {
  test('wrong use, refusal and platform fault are told apart, and a refusal says why and what would work', async () => {
    const [wrong, refused, fault, unauthenticated, done] = await Promise.all([
      muster('offers', '--no-such-flag'),
      muster('quote', '--model', 'm', '--workers', '2'),
      muster('models'),
      muster('balance'),
      muster('offers', '--json'),
    ]);
    expect(wrong.code).toBe(exitCodes.userError);
    expect(refused.code).toBe(exitCodes.refused);
    expect(refused.stderr).toContain('9 lack SOC 2');
    expect(refused.stderr).toContain('--model m --workers 1 --devices 1 --compliance gdpr');
    expect(fault.code).toBe(exitCodes.platformFault);
    expect(unauthenticated.code).toBe(exitCodes.userError);
    expect(done.code).toBe(exitCodes.ok);
    expect(JSON.parse(done.stdout)).toEqual({ items: [], nextCursor: null });
  });

  test('no answer at all is a fault of the network, not of the caller', () => {
    expect(exitCodeOf(new Problem({ code: 'unavailable', status: 0 }))).toBe(exitCodes.platformFault);
    expect(exitCodeOf(new UserError('x'))).toBe(exitCodes.userError);
  });
});

describe('a request from flags', () => {
  const flags = { kind: 'container', model: ['m'], workers: 2, devices: 1, tier: 'low' } as RequestFlags;

  test('says exactly what the flags say, with money in micro-USD and no member that was not given', () => {
    expect(toRequest({ ...flags, country: ['de'], maxPrice: '$2.50', hours: 3 }, ['python', 'train.py'])).toEqual({
      kind: 'container',
      command: ['python', 'train.py'],
      processor: { modelIds: ['m'], devicesPerWorker: 1 },
      workers: 2,
      location: { countries: ['DE'] },
      connectivity: { tier: 'low' },
      time: { hours: 3 },
      priceGuard: { maxMicroUsdPerDeviceHour: '2500000' },
    });
  });

  test('half a bound of autoscaling, an amount that is none, and a missing model are refused with the fix', () => {
    expect(() => toRequest({ ...flags, minWorkers: 1 }, [])).toThrow('both bounds');
    expect(() => toRequest({ ...flags, maxPrice: '1,50' }, [])).toThrow('amount');
    expect(() => toRequest({ ...flags, model: undefined }, [])).toThrow('model');
  });
});

describe('output', () => {
  test('an empty list says what it means', () => {
    expect(table([], [['a', () => 1]], 'There is none.')).toBe('There is none.');
    expect(table([{ a: null }], [['a', (row) => row.a]], '')).toContain('–');
  });

  test('money carries its currency, so that what is simulated never looks like dollars', () => {
    expect(money('-1250000')).toBe('-$1.25');
    expect(money('1250000', 'SIM')).toBe('SIM 1.25');
  });

  test('a list is read to its limit over as many pages as it takes', async () => {
    const pages = [
      { items: [1, 2], nextCursor: 'a' },
      { items: [3, 4], nextCursor: 'b' },
    ];
    let page = 0;
    const all = await readPages({ limit: 3 }, async ({ limit }) => {
      const next = pages[page++]!;
      return { ...next, items: next.items.slice(0, limit) };
    });
    expect(all.items).toEqual([1, 2, 3]);
  });
});

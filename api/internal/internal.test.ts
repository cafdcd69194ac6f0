import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiHarness, badInputCases, type Document, startApi, walkBadInput, walkReads } from '@muster/api-testing';
import type { Actor } from '@muster/common';
import { internalApi } from '@muster/contract';
import { readiness } from './health.ts';
import { internalHandlers } from './index.ts';

let api: ApiHarness;
let operator: Actor;
let customer: Actor;
let document: Document;
const health: Record<string, () => Promise<unknown>> = { engine: async () => {} };
beforeAll(async () => {
  api = await startApi(internalApi, (context) =>
    internalHandlers(context, { secretsKey: Buffer.alloc(32), streamsUrl: 'http://127.0.0.1:9', health }),
  );
  operator = await api.person();
  customer = await api.person(['clusters:read', 'clusters:write', 'audit:read', 'billing:read', 'members:write']);
  document = JSON.parse(await readFile(new URL('../contract/openapi/internal.json', import.meta.url), 'utf8'));
});
afterAll(() => api.stop());

const target = () => ({
  url: api.url,
  headersOf: (sender: string) => (sender === 'visitor' ? {} : api.as(sender === 'able' ? operator : customer)),
});

describe('the internal API', () => {
  test('answers everything wrong with the right problem, and never with a fault of its own', async () => {
    expect(await walkBadInput(target(), document, badInputCases(document))).toEqual([]);
  });

  test('answers as its document says', async () => {
    expect(await walkReads(target(), document)).toEqual([]);
  });

  test('a credit is granted once, however often it is asked for', async () => {
    const grant = async () => {
      const response = await fetch(`${api.url}/internal/v1/organizations/${customer.organizationId}/credits`, {
        method: 'POST',
        headers: { ...(await api.as(operator)), 'content-type': 'application/json' },
        body: JSON.stringify({ amountMicroUsd: '5000000', reference: 'welcome' }),
      });
      return { status: response.status, body: await response.json() };
    };
    const [first, ...rest] = await Promise.all([grant(), grant(), grant()]);
    expect(first).toMatchObject({ status: 201, body: { amountMicroUsd: '5000000', balanceMicroUsd: '5000000' } });
    for (const each of rest) expect(each).toEqual(first);
  });

  test('health names what is not well, and why', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(503).end(JSON.stringify({ ok: false, checks: [{ check: 'postgres', error: 'away' }] }));
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    health.backend = readiness(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const response = await fetch(`${api.url}/internal/v1/health`, { headers: await api.as(operator) });
    server.close();
    expect(await response.json()).toEqual({
      ok: false,
      components: [
        { name: 'engine', ok: true, detail: null },
        { name: 'backend', ok: false, detail: 'postgres: away' },
      ],
    });
  });
});

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiHarness, badInputCases, type Document, startApi, walkBadInput, walkReads } from '@muster/api-testing';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, scopes } from '@muster/common';
import { internalApi } from '@muster/contract';
import { appendEvents } from '@muster/events';
import { readiness } from './health.ts';
import { internalHandlers } from './index.ts';

let api: ApiHarness;
let operator: Actor;
let customer: Actor;
let document: Document;
/** Wakes followers of all events, as RabbitMQ would. */
const bells = new Set<() => void>();
const waker = {
  on(_whose: string, wake: () => void) {
    bells.add(wake);
    return () => void bells.delete(wake);
  },
};
const health: Record<string, () => Promise<unknown>> = { engine: async () => {} };
beforeAll(async () => {
  api = await startApi(internalApi, (context) =>
    internalHandlers(context, { secretsKey: Buffer.alloc(32), streamsUrl: 'http://127.0.0.1:9', health, waker }),
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
    expect(await walkReads(target(), document, { organizationId: customer.organizationId })).toEqual([]);
  });

  test('a price is previewed and nothing is set', async () => {
    await seedCatalogue(api.context);
    const call = async (path: string, body?: unknown) => {
      const response = await fetch(`${api.url}/internal/v1${path}`, {
        method: body ? 'POST' : 'GET',
        headers: { ...(await api.as(operator)), 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      return response.json();
    };
    const before = await call('/price-book');
    const [{ modelId, priceMicroUsdPerHour }] = (before as { items: [Record<string, string>] }).items;
    expect(await call('/price-book/preview', { modelId, priceMicroUsdPerHour: '123' })).toEqual({
      modelId,
      currentMicroUsdPerHour: priceMicroUsdPerHour,
      proposedMicroUsdPerHour: '123',
      regions: [],
    });
    expect(await call('/price-book')).toEqual(before);
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

  test('the feed tells an operator what happens anywhere, and nobody else', async () => {
    const headers = await api.as(await api.person(scopes.filter((scope) => !scope.startsWith('operator:'))));
    expect((await fetch(`${api.url}/internal/v1/events`, { headers })).status).toBe(403);

    const response = await fetch(`${api.url}/internal/v1/events`, { headers: await api.as(operator) });
    await api.context.db.transaction().execute((trx) =>
      appendEvents(
        trx,
        api.context,
        [customer.organizationId, operator.organizationId, null].map((organizationId, index) => ({
          organizationId,
          subject: { kind: 'organization', id: customer.organizationId },
          type: `number_${index}`,
          actorId: 'system:test',
          reason: 'for the test',
        })),
      ),
    );
    for (const ring of bells) ring();
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes('number_2')) break;
    }
    expect(text.match(/^event: .*$/gm)).toEqual([0, 1, 2].map((number) => `event: organization.number_${number}`));
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

/** Every route of the three APIs, through the gateway: whatever is wrong is answered with the right problem+json, and never 5xx. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { badInputCases, type Document, type Sender, walkBadInput, walkReads } from '@muster/api-testing';
import { answer, type Schemas } from '@muster/contract/client';
import { type Cluster, clientOf, demo, musterJson, type Role } from './platform.ts';

const apis: [base: string, able: Role][] = [
  ['/v1', 'customer'],
  ['/private/v1', 'supplier'],
  ['/internal/v1', 'operator'],
];
let powerless: string;
let keyId: string;
/** Ids of another organization's things, which must answer as unknown ones. */
let foreign: Record<string, string>;

beforeAll(async () => {
  // A key that may do the one thing that no route asks for.
  const made = await answer(
    clientOf('supplier').public.POST('/api-keys', { body: { name: 'powerless', scopes: ['billing:write'] } }),
  );
  [powerless, keyId] = [made.key, made.id];
  const { items: clusters } = await musterJson<{ items: Cluster[] }>('customer', 'cluster', 'list');
  const { items: workers } = await musterJson<{ items: Schemas['Worker'][] }>('supplier', 'worker', 'list');
  foreign = { ...(clusters[0] && { clusterId: clusters[0].id }), ...(workers[0] && { workerId: workers[0].id }) };
});
afterAll(() => clientOf('supplier').public.DELETE('/api-keys/{apiKeyId}', { params: { path: { apiKeyId: keyId } } }));

describe.each(apis)('%s', (base, able) => {
  const headersOf = (sender: Sender): Record<string, string> => {
    if (sender === 'visitor') return {};
    return { authorization: `Bearer ${sender === 'powerless' ? powerless : demo[able].apiKey}` };
  };
  const target = { url: demo.url, headersOf };

  test('refuses malformed, oversized, unauthenticated, unauthorised and cross-tenant requests as it should', async () => {
    const document = (await (await fetch(`${demo.url}${base}/openapi.json`)).json()) as Document;
    // A customer's cluster is foreign to nobody who asks as that customer; a supplier's worker is.
    const others = able === 'operator' ? {} : { ...(able === 'supplier' ? {} : { workerId: foreign.workerId! }) };
    const cases = badInputCases(document, { gateway: true, foreign: others });
    expect(cases.length).toBeGreaterThan(50);
    expect(await walkBadInput(target, document, cases)).toEqual([]);
  }, 300_000);

  test('answers what its schemas say', async () => {
    const document = (await (await fetch(`${demo.url}${base}/openapi.json`)).json()) as Document;
    expect(await walkReads(target, document)).toEqual([]);
  });
});

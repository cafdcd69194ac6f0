import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiHarness, badInputCases, type Document, startApi, walkBadInput, walkReads } from '@muster/api-testing';
import type { Actor } from '@muster/common';
import { privateApi } from '@muster/contract';
import { createAuthority } from '@muster/workers';
import { privateHandlers } from './index.ts';

let api: ApiHarness;
let able: Actor;
let powerless: Actor;
let document: Document;
beforeAll(async () => {
  const authority = await createAuthority('test');
  const platform = { authority, connectUrl: 'wss://localhost/private/v1/agent/connect' };
  api = await startApi(privateApi, (context) => privateHandlers(context, { platform, secretsKey: Buffer.alloc(32) }));
  able = await api.person();
  powerless = await api.person([]);
  document = JSON.parse(await readFile(new URL('../contract/openapi/private.json', import.meta.url), 'utf8'));
});
afterAll(() => api.stop());

const target = () => ({
  url: api.url,
  headersOf: (sender: string) => (sender === 'visitor' ? {} : api.as(sender === 'able' ? able : powerless)),
});

describe('the private API', () => {
  test('answers everything wrong with the right problem, and never with a fault of its own', async () => {
    const cases = badInputCases(document);
    expect(cases.length).toBeGreaterThan(100);
    expect(await walkBadInput(target(), document, cases)).toEqual([]);
  });

  test('answers as its document says', async () => {
    expect(await walkReads(target(), document)).toEqual([]);
  });
});

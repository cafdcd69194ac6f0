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
    expect(await walkReads(target(), document, await oneOfEach())).toEqual([]);
  });
});

/** A token and a worker of `able`, straight into the tables. @returns their ids, as paths name them */
async function oneOfEach() {
  const { db, clock, ids } = api.context;
  const organization_id = able.organizationId;
  const created_at = clock.now();
  const pool_id = ids.next('pool');
  const workerId = ids.next('worker');
  const enrolmentTokenId = ids.next('enrolmentToken');
  const place = { organization_id, pool_id, country: 'DE', created_at };
  await db
    .insertInto('pool')
    .values({
      id: pool_id,
      organization_id,
      name: 'local',
      region: 'europe',
      country: 'DE',
      kind: 'community',
      kubeconfig_encrypted: Buffer.alloc(1),
      created_at,
    })
    .execute();
  await db
    .insertInto('worker')
    .values({
      ...place,
      id: workerId,
      name: 'box',
      node_name: 'box',
      origin: 'community',
      status: 'idle',
      readiness: 'registered',
      region: 'europe',
    })
    .execute();
  await db
    .insertInto('enrolment_token')
    .values({ ...place, id: enrolmentTokenId, hash: 'hash', created_by: able.id, expires_at: created_at })
    .execute();
  return { workerId, enrolmentTokenId };
}

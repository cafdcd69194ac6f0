import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIds, ManualClock } from '@muster/common';
import type { Context } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { appendEvent, decodeCursor, encodeCursor, feedAfter, feedPosition, timeline } from './index.ts';

let database: TestDatabase;
let context: Context;
beforeAll(async () => {
  database = await createTestDatabase();
  const clock = new ManualClock();
  context = { db: database.db, clock, ids: createIds(clock) };
});
afterAll(() => database.drop());

const event = (organizationId: string, id: string, type = 'running') => ({
  organizationId,
  subject: { kind: 'cluster' as const, id },
  type,
  actorId: 'system:test',
  reason: 'for the test',
});

/** Reads until there are so many: the feed ends before the oldest open transaction of the server, also another test's. */
async function feed(organizationId: string, position: string, count: number) {
  for (;;) {
    const events = await feedAfter(context.db, organizationId, position, 10);
    if (events.length >= count) return events;
    await sleep(20);
  }
}

describe('events', () => {
  test('an event and its message commit together or not at all', async () => {
    const { db } = context;
    await expect(
      db.transaction().execute(async (trx) => {
        await appendEvent(trx, context, event('org_a', 'clu_lost'));
        throw new Error('rolled back');
      }),
    ).rejects.toThrow('rolled back');
    await db.transaction().execute((trx) => appendEvent(trx, context, event('org_a', 'clu_kept')));
    expect((await timeline(db, { kind: 'cluster', id: 'clu_lost' }, { limit: 10 })).items).toEqual([]);
    const messages = await db.selectFrom('outbox').select(['type', 'routing_key']).execute();
    expect(messages).toEqual([{ type: 'cluster.running', routing_key: 'cluster.running' }]);
  });

  test('the database refuses to change or delete what happened', async () => {
    const { db } = context;
    await db.transaction().execute((trx) => appendEvent(trx, context, event('org_a', 'clu_fixed')));
    await expect(db.deleteFrom('event').execute()).rejects.toThrow('append-only');
    await expect(
      db
        .updateTable('event')
        .set({ reason: 'x' } as never)
        .execute(),
    ).rejects.toThrow('append-only');
  });

  test('a feed never skips an event whose transaction committed after a later one', async () => {
    const { db } = context;
    const start = await feedPosition(db);
    let commitSlow: () => void = () => {};
    const mayCommit = new Promise<void>((resolve) => {
      commitSlow = resolve;
    });
    let slowAppended: () => void = () => {};
    const appended = new Promise<void>((resolve) => {
      slowAppended = resolve;
    });
    const slow = db.transaction().execute(async (trx) => {
      await appendEvent(trx, context, event('org_feed', 'clu_slow'));
      slowAppended();
      await mayCommit;
    });
    await appended;
    await db.transaction().execute((trx) => appendEvent(trx, context, event('org_feed', 'clu_fast')));

    const before = await feedAfter(db, 'org_feed', start, 10);
    commitSlow();
    await slow;
    const after = await feed('org_feed', before.at(-1)?.position ?? start, 2 - before.length);
    expect([...before, ...after].map((each) => each.subjectId).sort()).toEqual(['clu_fast', 'clu_slow']);
  });

  test('a feed shows one organization and resumes after the position last seen', async () => {
    const { db } = context;
    const start = await feedPosition(db);
    for (const [organization, cluster] of [
      ['org_1', 'clu_1'],
      ['org_2', 'clu_2'],
      ['org_1', 'clu_3'],
    ] as const) {
      await db.transaction().execute((trx) => appendEvent(trx, context, event(organization, cluster)));
    }
    const all = await feed('org_1', start, 2);
    expect(all.map((each) => each.subjectId)).toEqual(['clu_1', 'clu_3']);
    expect((await feedAfter(db, 'org_1', all[0]!.position, 10)).map((each) => each.subjectId)).toEqual(['clu_3']);
    for (const position of ['nonsense', `1-${'9'.repeat(19)}`]) {
      await expect(feedAfter(db, 'org_1', position, 10)).rejects.toMatchObject({ code: 'invalid_request' });
    }
    expect(await feedAfter(db, 'org_1', `${'9'.repeat(19)}-${'9'.repeat(18)}`, 10)).toEqual([]);
  });

  test('a cursor is given back unchanged or refused', () => {
    expect(decodeCursor(encodeCursor('clu_01k'))).toBe('clu_01k');
    expect(() => decodeCursor('%%%')).toThrow('cursor');
    expect(() => decodeCursor(encodeCursor("' or 1=1"))).toThrow('cursor');
  });
});

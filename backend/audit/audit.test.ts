import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Actor } from '@muster/common';
import { type Context, sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { entryHash } from './chain.ts';
import { type AuditEntry, AuditWriter, adminListAudit, listAudit, recordAudit, verifyAudit } from './index.ts';

let database: TestDatabase;
let context: Context;
beforeEach(async () => {
  database = await createTestDatabase();
  context = { db: database.db } as Context;
});
afterEach(() => database.drop());

const entry = (number: number, organizationId: string | null = 'org_a'): AuditEntry => ({
  at: new Date(Date.UTC(2026, 0, 1) + number),
  requestId: `req_${number}`,
  actorId: 'per_a',
  organizationId,
  method: 'POST',
  path: '/v1/clusters',
  ip: '192.0.2.1',
  outcome: 'accepted',
  details: { b: { d: 1, c: [1, 2] }, a: 'ünï', number },
});
const entries = (count: number) => Array.from({ length: count }, (_, number) => entry(number));

/** Changes the log as someone with the database's password could. */
async function tamper(statement: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await sql.raw('alter table audit_event disable trigger user').execute(trx);
    await sql.raw(statement).execute(trx);
    await sql.raw('alter table audit_event enable trigger user').execute(trx);
  });
}

describe('audit log', () => {
  test('the database refuses to change, delete or empty it', async () => {
    await recordAudit(context, entries(2));
    for (const statement of [
      `update audit_event set outcome = 'x'`,
      'delete from audit_event',
      'truncate audit_event',
    ]) {
      await expect(sql.raw(statement).execute(context.db)).rejects.toThrow('append-only');
    }
  });

  test('an untouched chain holds, in pages of any size', async () => {
    await recordAudit(context, entries(7));
    for (const pageSize of [1, 3, 7, 100]) {
      expect(await verifyAudit(context, pageSize)).toMatchObject({ ok: true, count: 7, head: { seq: 7n } });
    }
  });

  test.each([
    ['a changed outcome', `update audit_event set outcome = 'forbidden' where seq = 3`, 3n],
    ['a changed detail', `update audit_event set details = details || '{"number": 99}' where seq = 3`, 3n],
    ['a changed time', `update audit_event set at = at + interval '1 ms' where seq = 3`, 3n],
    ['a missing entry', 'delete from audit_event where seq = 3', 4n],
    ['a missing beginning', 'delete from audit_event where seq = 1', 2n],
    [
      'an entry changed with its own hash made anew',
      `update audit_event set outcome = 'x', hash = encode(sha256('x'), 'hex') where seq = 3`,
      3n,
    ],
  ])('tampering is found: %s', async (_name, statement, seq) => {
    await recordAudit(context, entries(5));
    await tamper(statement);
    expect(await verifyAudit(context, 2)).toMatchObject({ ok: false, firstBroken: { seq } });
  });

  test('tampering is found: a changed entry with its right hash, and the next one pointed to it', async () => {
    await recordAudit(context, entries(5));
    const [before, changed] = (await adminListAudit(context, {} as Actor, { limit: 5 })).items.reverse().slice(1, 3);
    const { hash: previousHash } = before!;
    const { seq, hash: _hash, ...content } = { ...changed!, outcome: 'forbidden' };
    const hash = entryHash(previousHash, seq, content);
    await tamper(`update audit_event set outcome = 'forbidden', hash = '${hash}' where seq = 3`);
    await tamper(`update audit_event set previous_hash = '${hash}' where seq = 4`);
    expect(await verifyAudit(context)).toMatchObject({ ok: false, count: 3, firstBroken: { seq: 4n } });
  });

  test('a cut-off end is found by the head that was kept', async () => {
    await recordAudit(context, entries(5));
    const { head } = await verifyAudit(context);
    await tamper('delete from audit_event where seq = 5');
    expect((await verifyAudit(context)).head).not.toEqual(head);
  });

  test('writers of several processes make one chain in which every entry is there once', async () => {
    const writers = [new AuditWriter(context), new AuditWriter(context), new AuditWriter(context)];
    await Promise.all(entries(150).map((each, index) => writers[index % 3]!.write(each)));
    expect(await verifyAudit(context)).toMatchObject({ ok: true, count: 150 });
    const { rows } = await sql<{ ids: bigint; transactions: bigint }>`
      select count(distinct request_id) as ids, count(distinct xmin::text) as transactions from audit_event
    `.execute(context.db);
    expect(rows[0]!.ids).toBe(150n);
    expect(Number(rows[0]!.transactions)).toBeLessThan(20);
  });

  test('a caller is told when its entry could not be written, and later ones can be', async () => {
    const writer = new AuditWriter(context);
    const bad = { ...entry(1), requestId: null as never };
    await expect(writer.write(bad)).rejects.toThrow();
    await writer.write(entry(2));
    expect(await verifyAudit(context)).toMatchObject({ ok: true, count: 1 });
  });

  test('an organization reads only its own entries; operators read all (invariant 8)', async () => {
    await recordAudit(context, [entry(0), entry(1, 'org_b'), entry(2, null), entry(3)]);
    const actor = { organizationId: 'org_a' } as Actor;
    const first = await listAudit(context, actor, { limit: 1 });
    const second = await listAudit(context, actor, { limit: 1, cursor: first.nextCursor! });
    expect([...first.items, ...second.items].map(({ requestId }) => requestId)).toEqual(['req_3', 'req_0']);
    expect(second.nextCursor).toBeNull();
    expect((await adminListAudit(context, actor, { limit: 10 })).items).toHaveLength(4);
    expect((await adminListAudit(context, actor, { limit: 10 }, { organizationId: 'org_b' })).items).toHaveLength(1);
  });
});

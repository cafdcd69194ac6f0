/** Reading the audit log, and proving that nobody has changed it. */
import type { Actor } from '@muster/common';
import type { AuditEventTable, Context, Selectable } from '@muster/db';
import { decodeSequence, type Page, type PageRequest, pageOf } from '@muster/events';
import { type AuditEntry, entryHash, genesisHash } from './chain.ts';

export interface AuditEvent extends AuditEntry {
  /** Its place in the chain, from 1 without a gap. */
  seq: bigint;
  hash: string;
}

export interface AuditFilter {
  actorId?: string | undefined;
  outcome?: string | undefined;
}

/** What was done in the actor's organization, newest first. */
export async function listAudit(
  context: Context,
  actor: Actor,
  page: PageRequest,
  filter: AuditFilter = {},
): Promise<Page<AuditEvent>> {
  return list(context, page, { ...filter, organizationId: actor.organizationId });
}

/** For operators: what was done in every organization, and by those who belong to none. */
export async function adminListAudit(
  context: Context,
  _actor: Actor,
  page: PageRequest,
  filter: AuditFilter & { organizationId?: string | undefined } = {},
): Promise<Page<AuditEvent>> {
  return list(context, page, filter);
}

async function list(
  { db }: Context,
  page: PageRequest,
  { organizationId, actorId, outcome }: AuditFilter & { organizationId?: string | undefined },
): Promise<Page<AuditEvent>> {
  let query = db.selectFrom('audit_event').selectAll();
  if (organizationId !== undefined) query = query.where('organization_id', '=', organizationId);
  if (actorId !== undefined) query = query.where('actor_id', '=', actorId);
  if (outcome !== undefined) query = query.where('outcome', '=', outcome);
  if (page.cursor) query = query.where('seq', '<', decodeSequence(page.cursor));
  const rows = await query
    .orderBy('seq', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.seq, toAuditEvent);
}

export interface AuditVerification {
  ok: boolean;
  /** Entries that hold, up to the first broken one. */
  count: number;
  firstBroken?: { seq: bigint; why: string };
  /** The last entry that holds. Kept elsewhere, it also proves later that the end was not cut off. */
  head?: { seq: bigint; hash: string };
}

/** Walks the whole chain, in pages, and stops at the first entry that does not follow from the one before. */
export async function verifyAudit({ db }: Pick<Context, 'db'>, pageSize = 1_000): Promise<AuditVerification> {
  let seq = 0n;
  let hash = genesisHash;
  const standing = () => ({ count: Number(seq), ...(seq > 0n && { head: { seq, hash } }) });
  while (true) {
    const rows = await db
      .selectFrom('audit_event')
      .selectAll()
      .where('seq', '>', seq)
      .orderBy('seq')
      .limit(pageSize)
      .execute();
    for (const row of rows) {
      const why = fault(row, seq + 1n, hash);
      if (why) return { ok: false, ...standing(), firstBroken: { seq: row.seq, why } };
      seq = row.seq;
      hash = row.hash;
    }
    if (rows.length < pageSize) return { ok: true, ...standing() };
  }
}

function fault(row: Selectable<AuditEventTable>, expectedSeq: bigint, previousHash: string): string | undefined {
  if (row.seq !== expectedSeq) return `entry ${expectedSeq} is missing`;
  if (row.previous_hash !== previousHash) return 'it does not follow the entry before it';
  if (row.hash !== entryHash(previousHash, row.seq, toEntry(row))) return 'its content was changed';
  return undefined;
}

function toEntry(row: Selectable<AuditEventTable>): AuditEntry {
  return {
    at: row.at,
    requestId: row.request_id,
    actorId: row.actor_id,
    organizationId: row.organization_id,
    method: row.method,
    path: row.path,
    ip: row.ip,
    outcome: row.outcome,
    details: row.details,
  };
}

function toAuditEvent(row: Selectable<AuditEventTable>): AuditEvent {
  return { ...toEntry(row), seq: row.seq, hash: row.hash };
}

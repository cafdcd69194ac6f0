/** Reading what happened: a subject's timeline, and the feed that a client follows and resumes. */
import { DomainError, type SubjectKind } from '@muster/common';
import { type Database, type EventTable, type Kysely, type Selectable, sql } from '@muster/db';
import { decodeSequence, type Page, type PageRequest, pageOf } from './page.ts';

export interface Event {
  id: string;
  subjectKind: SubjectKind;
  subjectId: string;
  /** `<subject>.<what>`: `cluster.running`. */
  type: string;
  state: string | null;
  version: number | null;
  actorId: string;
  reason: string;
  body: Record<string, unknown>;
  at: Date;
}

/** The timeline of one subject, oldest first. The caller has checked that the actor may see the subject. */
export async function timeline(
  db: Kysely<Database>,
  subject: { kind: SubjectKind; id: string },
  page: PageRequest,
): Promise<Page<Event>> {
  let query = db
    .selectFrom('event')
    .selectAll()
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id);
  if (page.cursor) query = query.where('seq', '>', decodeSequence(page.cursor));
  const rows = await query
    .orderBy('seq')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.seq, toEvent);
}

/**
 * The states that a subject has been in since an instant, oldest first: the first is the one that it was in then, when there was one.
 * The caller has checked that the actor may see the subject.
 */
export async function statesSince(
  db: Kysely<Database>,
  subject: { kind: SubjectKind; id: string },
  from: Date,
): Promise<{ state: string; at: Date }[]> {
  const ofSubject = db
    .selectFrom('event')
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .where('state', 'is not', null);
  const rows = await ofSubject
    .select(['state', 'at'])
    .where(({ eb, or }) =>
      or([
        eb('at', '>=', from),
        eb(
          'seq',
          '=',
          ofSubject.where('at', '<', from).select(({ fn }) => fn.max('seq').as('seq')),
        ),
      ]),
    )
    .orderBy('seq')
    .execute();
  return rows.map(({ state, at }) => ({ state: state!, at }));
}

/** An event of the feed with the position from which a client resumes: `<transaction>-<sequence>`. */
export interface FeedEvent extends Event {
  position: string;
}

/** Where the feed stands now: what is appended from here on comes after it. */
export async function feedPosition(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ xmin: string }>`select pg_snapshot_xmin(pg_current_snapshot())::text as xmin`.execute(
    db,
  );
  return `${rows[0]!.xmin}-0`;
}

/**
 * The events after a position, of one organization or of all, in an order that never changes.
 *
 * Sequence numbers are given before commit, so a lower one may appear after a higher one was read. The feed is therefore
 * ordered by transaction, and ends before the oldest one still open: what it shows is complete, and nothing is skipped.
 *
 * @throws DomainError `invalid_request` when the position is malformed
 */
export async function feedAfter(
  db: Kysely<Database>,
  organizationId: string | 'all',
  position: string,
  limit: number,
): Promise<FeedEvent[]> {
  const match = /^(\d{1,19})-(\d{1,18})$/.exec(position);
  if (!match) {
    throw new DomainError('invalid_request', 'Last-Event-ID is not one of ours.', {
      fix: 'Send the `id` of the last event that was received, or none.',
    });
  }
  const rows = await db
    .selectFrom('event')
    .selectAll()
    .$if(organizationId !== 'all', (query) => query.where('organization_id', '=', organizationId))
    .where(sql<boolean>`(xid, seq) > (${match[1]!}::xid8, ${match[2]!}::bigint)`)
    .where(sql<boolean>`xid < pg_snapshot_xmin(pg_current_snapshot())`)
    .orderBy('xid')
    .orderBy('seq')
    .limit(limit)
    .execute();
  return rows.map((row) => ({ ...toEvent(row), position: `${row.xid}-${row.seq}` }));
}

function toEvent(row: Selectable<EventTable>): Event {
  return {
    id: row.id,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    type: row.type,
    state: row.state,
    version: row.version,
    actorId: row.actor_id,
    reason: row.reason,
    body: row.body,
    at: row.at,
  };
}

/** Sessions: where a person is logged in. The cookie is the gateway's; that it is still good is decided here. */
import { type Actor, DomainError, dayMs, minuteMs } from '@muster/common';
import type { Context, Database, Kysely, Selectable, SessionTable, Transaction } from '@muster/db';
import { appendEvent } from '@muster/events';
import { personIdOf } from './people.ts';
import { scopesOf } from './roles.ts';

/** However much it is used, a session ends after this. */
export const sessionLifetimeMs = 7 * dayMs;

export interface Session {
  id: string;
  organizationId: string;
  ip: string;
  userAgent: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

export interface NewSession {
  personId: string;
  /** Where it acts; the organization that the person joined first when absent. */
  organizationId?: string | undefined;
  ip: string;
  userAgent: string;
}

/**
 * Logs a person in whose password was verified.
 *
 * @throws DomainError `forbidden` when the person does not belong to the organization, or to none
 */
export async function openSession(context: Context, input: NewSession): Promise<{ session: Session; actor: Actor }> {
  const { db, clock, ids } = context;
  const now = clock.now();
  return db.transaction().execute(async (trx) => {
    const membership = await memberships(trx, input.personId, input.organizationId).executeTakeFirst();
    if (!membership) throw noMember();
    const row = await trx
      .insertInto('session')
      .values({
        id: ids.next('session'),
        person_id: input.personId,
        organization_id: membership.id,
        ip: input.ip,
        user_agent: input.userAgent.slice(0, 300),
        created_at: now,
        last_seen_at: now,
        expires_at: new Date(now.getTime() + sessionLifetimeMs),
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await append(trx, context, row, input.personId, 'session_opened', 'logged in');
    return { session: toSession(row), actor: toActor(row, membership) };
  });
}

/**
 * The actor of a session, or undefined when it has ended, was revoked, or its person left the organization.
 * `last_seen_at` is to the minute, so that reads stay reads.
 */
export async function authenticateSession({ db, clock }: Context, id: string): Promise<Actor | undefined> {
  const now = clock.now();
  const row = await db
    .selectFrom('session')
    .innerJoin('membership', (join) =>
      join
        .onRef('membership.person_id', '=', 'session.person_id')
        .onRef('membership.organization_id', '=', 'session.organization_id'),
    )
    .innerJoin('organization', 'organization.id', 'session.organization_id')
    .selectAll('session')
    .select(['membership.role', 'organization.operator'])
    .where('session.id', '=', id)
    .where('session.revoked_at', 'is', null)
    .where('session.expires_at', '>', now)
    .executeTakeFirst();
  if (!row) return undefined;
  if (now.getTime() - row.last_seen_at.getTime() > minuteMs) {
    await db.updateTable('session').set({ last_seen_at: now }).where('id', '=', id).execute();
  }
  return toActor(row, row);
}

/** The live sessions of the person that acts, newest first. */
export async function listSessions({ db, clock }: Context, actor: Actor): Promise<Session[]> {
  const personId = await personIdOf(db, actor);
  if (!personId) return [];
  const rows = await db
    .selectFrom('session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', clock.now())
    .orderBy('id', 'desc')
    .execute();
  return rows.map(toSession);
}

/** Logs out one session of the person that acts. @throws DomainError `not_found`, also for another person's */
export async function revokeSession(context: Context, actor: Actor, id: string): Promise<void> {
  const personId = await personIdOf(context.db, actor);
  await context.db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('session')
      .set({ revoked_at: context.clock.now() })
      .where('id', '=', id)
      .where('person_id', '=', personId ?? '')
      .where('revoked_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new DomainError('not_found', 'There is no such session.');
    await append(trx, context, row, actor.id, 'session_revoked', 'logged out');
  });
}

/**
 * Logs the person that acts out everywhere but in this session, because its password has changed.
 *
 * @returns the ids of the sessions that ended
 * @throws DomainError `not_found` when the session is not the actor's
 */
export async function endOtherSessions(
  trx: Transaction<Database>,
  context: Context,
  actor: Actor,
  sessionId: string,
): Promise<string[]> {
  const live = await trx
    .selectFrom('session')
    .selectAll()
    .where('person_id', '=', actor.id)
    .where('revoked_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
  const kept = live.find(({ id }) => id === sessionId);
  if (!kept) throw new DomainError('not_found', 'There is no such session.');
  await append(trx, context, kept, actor.id, 'password_changed', 'changed the password');
  const others = live.filter((session) => session !== kept);
  const ids = others.map(({ id }) => id);
  if (ids.length === 0) return ids;
  await trx.updateTable('session').set({ revoked_at: context.clock.now() }).where('id', 'in', ids).execute();
  for (const session of others) {
    await append(trx, context, session, actor.id, 'session_revoked', 'logged out, because the password was changed');
  }
  return ids;
}

/**
 * Lets a session act for another organization of its person.
 *
 * @throws DomainError `forbidden` when the person is no member of it, `not_found` when the session is not the actor's
 */
export async function switchOrganization(
  context: Context,
  actor: Actor,
  { sessionId, organizationId }: { sessionId: string; organizationId: string },
): Promise<Actor> {
  return context.db.transaction().execute(async (trx) => {
    const membership = await memberships(trx, actor.id, organizationId).executeTakeFirst();
    if (!membership) throw noMember();
    const row = await trx
      .updateTable('session')
      .set({ organization_id: organizationId })
      .where('id', '=', sessionId)
      .where('person_id', '=', actor.id)
      .where('revoked_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (!row) throw new DomainError('not_found', 'There is no such session.');
    await append(trx, context, row, actor.id, 'session_switched', 'switched to this organization');
    return toActor(row, membership);
  });
}

function memberships(db: Kysely<Database>, personId: string, organizationId: string | undefined) {
  return db
    .selectFrom('membership')
    .innerJoin('organization', 'organization.id', 'membership.organization_id')
    .select(['organization.id', 'organization.operator', 'membership.role'])
    .where('person_id', '=', personId)
    .$if(organizationId !== undefined, (query) => query.where('organization_id', '=', organizationId!))
    .orderBy('membership.created_at')
    .orderBy('organization.id');
}

const noMember = () => new DomainError('forbidden', 'This person does not belong to the organization.');

async function append(
  trx: Parameters<typeof appendEvent>[0],
  context: Context,
  session: Selectable<SessionTable>,
  actorId: string,
  type: string,
  reason: string,
): Promise<void> {
  await appendEvent(trx, context, {
    organizationId: session.organization_id,
    subject: { kind: 'organization', id: session.organization_id },
    type,
    actorId,
    reason,
    body: { sessionId: session.id, personId: session.person_id },
  });
}

function toActor(
  session: Pick<Selectable<SessionTable>, 'person_id' | 'organization_id'>,
  member: { role: Parameters<typeof scopesOf>[0]; operator: boolean },
): Actor {
  return {
    id: session.person_id,
    kind: 'person',
    organizationId: session.organization_id,
    scopes: scopesOf(member.role, member.operator),
  };
}

function toSession(row: Selectable<SessionTable>): Session {
  return {
    id: row.id,
    organizationId: row.organization_id,
    ip: row.ip,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
  };
}

/** API keys: a secret shown once, kept as a hash, with scopes of its own and never more than its maker has. */
import { createHash, randomInt } from 'node:crypto';
import { type Actor, DomainError, minuteMs, type Scope } from '@muster/common';
import type { ApiKeyTable, Context, Database, Kysely, Selectable } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { personIdOf } from './people.ts';
import { scopesOf } from './roles.ts';

export interface ApiKey {
  id: string;
  personId: string;
  name: string;
  /** The first characters of the key, by which a person knows it again. */
  prefix: string;
  scopes: Scope[];
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 40 characters of 62 are 238 bits: a plain hash is enough, nobody guesses them. */
const randomLength = 40;
const shownLength = 12;

/**
 * Makes a key.
 *
 * @returns the key itself, `msk_…`, this one time
 * @throws DomainError `forbidden` when a scope is not the actor's or it would outlive the key that makes it,
 *   `invalid_request` without a scope or with an expiry in the past
 */
export async function createApiKey(
  context: Context,
  actor: Actor,
  input: { name: string; scopes: Scope[]; expiresAt?: Date | undefined },
): Promise<ApiKey & { key: string }> {
  const now = context.clock.now();
  if (input.scopes.length === 0) throw new DomainError('invalid_request', 'A key needs at least one scope.');
  const beyond = input.scopes.filter((scope) => !actor.scopes.has(scope));
  if (beyond.length > 0) {
    throw new DomainError('forbidden', `A key has no scope that its maker lacks: ${beyond.join(', ')}.`);
  }
  if (input.expiresAt && input.expiresAt <= now) {
    throw new DomainError('invalid_request', 'The key would have expired already.');
  }
  const personId = await personIdOf(context.db, actor);
  if (!personId) throw new DomainError('forbidden', 'Only people make API keys.');
  const end = actor.kind === 'api_key' ? await endOf(context.db, actor.id) : null;
  if (end && !(input.expiresAt && input.expiresAt <= end)) {
    throw new DomainError('forbidden', 'A key makes no key that outlives it.', {
      fix: `Let it expire by ${end.toISOString()}, or make it after logging in.`,
    });
  }
  const key = `msk_${Array.from({ length: randomLength }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
  const row = await context.db.transaction().execute(async (trx) => {
    const inserted = await trx
      .insertInto('api_key')
      .values({
        id: context.ids.next('apiKey'),
        organization_id: actor.organizationId,
        person_id: personId,
        name: input.name,
        prefix: key.slice(0, shownLength),
        hash: hashApiKey(key),
        scopes: [...new Set(input.scopes)],
        created_at: now,
        expires_at: input.expiresAt ?? null,
        last_used_at: null,
        revoked_at: null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await append(trx, context, actor, inserted, 'api_key_created', `API key ${input.name} made`);
    return inserted;
  });
  return { ...toApiKey(row), key };
}

/** The keys, also revoked ones, newest first: the organization's for those who manage members, else one's own. */
export async function listApiKeys({ db }: Context, actor: Actor, page: PageRequest): Promise<Page<ApiKey>> {
  let query = (await manageable(db, actor)).selectAll();
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toApiKey);
}

/** @throws DomainError `not_found`, also for a key that the actor may not manage */
export async function revokeApiKey(context: Context, actor: Actor, id: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const row = await (await manageable(trx, actor))
      .selectAll()
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (!row) throw new DomainError('not_found', 'There is no such API key.');
    await trx.updateTable('api_key').set({ revoked_at: context.clock.now() }).where('id', '=', id).execute();
    await append(trx, context, actor, row, 'api_key_revoked', `API key ${row.name} revoked`);
  });
}

/** How a key is kept, and by what a cache may know it. */
export function hashApiKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * The actor of a key, or undefined when there is none, it has expired, was revoked, or its maker left.
 * It may do what the key names and its maker still may: taking a role from a person takes it from their keys.
 *
 * @param by the key's hash, or its id
 */
export async function authenticateApiKey(
  { db, clock }: Context,
  by: { hash: string } | { id: string },
): Promise<Actor | undefined> {
  const now = clock.now();
  const row = await db
    .selectFrom('api_key')
    .innerJoin('membership', (join) =>
      join
        .onRef('membership.person_id', '=', 'api_key.person_id')
        .onRef('membership.organization_id', '=', 'api_key.organization_id'),
    )
    .innerJoin('organization', 'organization.id', 'api_key.organization_id')
    .select(['api_key.id', 'api_key.organization_id', 'scopes', 'last_used_at', 'role', 'operator'])
    .where((eb) => ('hash' in by ? eb('api_key.hash', '=', by.hash) : eb('api_key.id', '=', by.id)))
    .where('api_key.revoked_at', 'is', null)
    .where((eb) => eb.or([eb('api_key.expires_at', 'is', null), eb('api_key.expires_at', '>', now)]))
    .executeTakeFirst();
  if (!row) return undefined;
  if (!row.last_used_at || now.getTime() - row.last_used_at.getTime() > minuteMs) {
    await db.updateTable('api_key').set({ last_used_at: now }).where('id', '=', row.id).execute();
  }
  const allowed = scopesOf(row.role, row.operator);
  return {
    id: row.id,
    kind: 'api_key',
    organizationId: row.organization_id,
    scopes: new Set(row.scopes.filter((scope) => allowed.has(scope))),
  };
}

async function endOf(db: Kysely<Database>, id: string): Promise<Date | null> {
  const key = await db.selectFrom('api_key').select('expires_at').where('id', '=', id).executeTakeFirst();
  return key?.expires_at ?? null;
}

async function manageable(db: Kysely<Database>, actor: Actor) {
  const personId = await personIdOf(db, actor);
  return db
    .selectFrom('api_key')
    .where('organization_id', '=', actor.organizationId)
    .$if(!actor.scopes.has('members:write'), (query) => query.where('person_id', '=', personId ?? ''));
}

async function append(
  trx: Parameters<typeof appendEvent>[0],
  context: Context,
  actor: Actor,
  key: Selectable<ApiKeyTable>,
  type: string,
  reason: string,
): Promise<void> {
  await appendEvent(trx, context, {
    organizationId: actor.organizationId,
    subject: { kind: 'organization', id: actor.organizationId },
    type,
    actorId: actor.id,
    reason,
    body: { apiKeyId: key.id },
  });
}

function toApiKey(row: Selectable<ApiKeyTable>): ApiKey {
  return {
    id: row.id,
    personId: row.person_id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    lastUsedAt: row.last_used_at,
    revokedAt: row.revoked_at,
  };
}

import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type Actor, createIds, ManualClock, type Role, type Scope } from '@muster/common';
import type { Context } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { timeline } from '@muster/events';
import {
  addMember,
  adminListOrganizations,
  authenticateApiKey,
  authenticateSession,
  changePassword,
  createApiKey,
  createOperatorOrganization,
  deviceQuotaOf,
  getOrganization,
  hashApiKey,
  listApiKeys,
  listMembers,
  listSessions,
  me,
  openSession,
  removeMember,
  revokeApiKey,
  revokeSession,
  sessionLifetimeMs,
  setDeviceQuota,
  setRole,
  signUp,
  switchOrganization,
  updateOrganization,
  verifyPassword,
} from './index.ts';
import { scopesOf } from './roles.ts';

let database: TestDatabase;
let context: Context;
let clock: ManualClock;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  clock = new ManualClock();
  context = { db: database.db, clock, ids: createIds(clock) };
});

const password = 'correct horse battery';
const device = { ip: '192.0.2.1', userAgent: 'test' };
const page = { limit: 50 };
let people = 0;

async function owner(): Promise<{ actor: Actor; sessionId: string; email: string }> {
  people += 1;
  const email = `Person${people}@example.com`;
  const { person } = await signUp(context, { email, password, name: `P${people}`, organizationName: `O${people}` });
  const { session, actor } = await openSession(context, { personId: person.id, ...device });
  return { actor, sessionId: session.id, email };
}

/** A second person's session in the first one's organization. */
async function joined(inviter: Actor, role: Role): Promise<{ actor: Actor; sessionId: string }> {
  const other = await owner();
  await addMember(context, inviter, { email: other.email, role });
  const { session, actor } = await openSession(context, {
    personId: other.actor.id,
    organizationId: inviter.organizationId,
    ...device,
  });
  return { actor, sessionId: session.id };
}

describe('signing up', () => {
  test('an email belongs to one person, whatever its case', async () => {
    const { email } = await owner();
    const again = { email: ` ${email.toUpperCase()} `, password, name: 'x', organizationName: 'x' };
    await expect(signUp(context, again)).rejects.toMatchObject({ code: 'already_exists' });
  });

  test('a short password is refused and nothing is written', async () => {
    const before = await adminListOrganizations(context, {} as Actor, { limit: 200 });
    const short = { email: 'short@example.com', password: '12345678901', name: 'x', organizationName: 'x' };
    await expect(signUp(context, short)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(await adminListOrganizations(context, {} as Actor, { limit: 200 })).toEqual(before);
  });

  test('passwords are kept as argon2id with at least 19 MiB, and only the right one is accepted', async () => {
    const { email, actor } = await owner();
    const { password_hash } = await context.db
      .selectFrom('person')
      .select('password_hash')
      .where('id', '=', actor.id)
      .executeTakeFirstOrThrow();
    expect(password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await verifyPassword(context, { email: email.toLowerCase(), password })).id).toBe(actor.id);
    for (const wrong of [
      { email, password: `${password}!` },
      { email: 'nobody@example.com', password },
    ]) {
      await expect(verifyPassword(context, wrong)).rejects.toMatchObject({
        code: 'unauthenticated',
        message: 'The email or the password is wrong.',
      });
    }
  });
});

describe('scopes', () => {
  test('no role of a customer organization holds an operator scope, and nobody holds the agents’', () => {
    for (const role of ['owner', 'admin', 'member', 'billing', 'viewer'] as const) {
      const scopes = [...scopesOf(role, false)];
      expect(scopes.filter((scope) => scope.startsWith('operator:') || scope.startsWith('agent:'))).toEqual([]);
    }
    expect(scopesOf('admin', true).has('operator:write')).toBe(true);
    expect(scopesOf('member', true).has('operator:read')).toBe(false);
  });

  test('an API key has no scope that its maker lacks', async () => {
    const { actor } = await owner();
    const viewer = await joined(actor, 'viewer');
    const wish = (scopes: Scope[]) => createApiKey(context, viewer.actor, { name: 'k', scopes });
    await expect(wish(['clusters:read', 'clusters:write'])).rejects.toMatchObject({ code: 'forbidden' });
    await expect(wish([])).rejects.toMatchObject({ code: 'invalid_request' });
    expect((await wish(['clusters:read'])).scopes).toEqual(['clusters:read']);

    const narrow = await createApiKey(context, actor, { name: 'narrow', scopes: ['clusters:read'] });
    const narrowActor = (await authenticateApiKey(context, { id: narrow.id }))!;
    await expect(
      createApiKey(context, narrowActor, { name: 'wide', scopes: ['clusters:write'] }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('API keys', () => {
  test('a key makes no key that outlives it', async () => {
    const { actor } = await owner();
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const { id } = await createApiKey(context, actor, { name: 'short', scopes: ['clusters:read'], expiresAt });
    const short = (await authenticateApiKey(context, { id }))!;
    const later = new Date(expiresAt.getTime() + 1);
    for (const expiry of [{}, { expiresAt: later }]) {
      const wish = { name: 'long', scopes: ['clusters:read'] as Scope[], ...expiry };
      await expect(createApiKey(context, short, wish)).rejects.toMatchObject({ code: 'forbidden' });
    }
    const child = await createApiKey(context, short, { name: 'child', scopes: ['clusters:read'], expiresAt });
    expect(child.expiresAt).toEqual(expiresAt);
  });

  test('a key gives nobody a role with scopes that it lacks', async () => {
    const { actor } = await owner();
    const { id } = await createApiKey(context, actor, { name: 'm', scopes: ['members:read', 'members:write'] });
    const key = (await authenticateApiKey(context, { id }))!;
    const stranger = await owner();
    const member = await joined(actor, 'viewer');
    const forbidden = { code: 'forbidden' };
    await expect(addMember(context, key, { email: stranger.email, role: 'owner' })).rejects.toMatchObject(forbidden);
    await expect(setRole(context, key, { personId: member.actor.id, role: 'admin' })).rejects.toMatchObject(forbidden);

    const all = await createApiKey(context, actor, { name: 'all', scopes: [...actor.scopes] });
    const able = (await authenticateApiKey(context, { id: all.id }))!;
    expect((await addMember(context, able, { email: stranger.email, role: 'admin' })).role).toBe('admin');
  });

  test('the key is shown once and kept only as a hash', async () => {
    const { actor } = await owner();
    const { key, id, prefix } = await createApiKey(context, actor, { name: 'ci', scopes: ['clusters:read'] });
    expect(key).toMatch(/^msk_[0-9A-Za-z]{40}$/);
    expect(key.startsWith(prefix)).toBe(true);
    const row = await context.db.selectFrom('api_key').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    expect(JSON.stringify(row)).not.toContain(key);
    expect(JSON.stringify(await listApiKeys(context, actor, page))).not.toContain(key);
    const authenticated = await authenticateApiKey(context, { hash: hashApiKey(key) });
    expect(authenticated).toMatchObject({ id, kind: 'api_key', organizationId: actor.organizationId });
    expect([...authenticated!.scopes]).toEqual(['clusters:read']);
  });

  test('a revoked, an expired and an unknown key authenticate nobody', async () => {
    const { actor } = await owner();
    const revoked = await createApiKey(context, actor, { name: 'r', scopes: ['clusters:read'] });
    await revokeApiKey(context, actor, revoked.id);
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    const expired = await createApiKey(context, actor, { name: 'e', scopes: ['clusters:read'], expiresAt });
    clock.advance(1_000);
    for (const key of [revoked.key, expired.key, 'msk_unknown']) {
      expect(await authenticateApiKey(context, { hash: hashApiKey(key) })).toBeUndefined();
    }
  });

  test('a key loses at once what its maker loses: a role’s scopes, then everything with the membership', async () => {
    const { actor } = await owner();
    const other = await joined(actor, 'admin');
    const { id } = await createApiKey(context, other.actor, { name: 'k', scopes: ['clusters:read', 'clusters:write'] });
    await setRole(context, actor, { personId: other.actor.id, role: 'viewer' });
    expect([...(await authenticateApiKey(context, { id }))!.scopes]).toEqual(['clusters:read']);
    await removeMember(context, actor, other.actor.id);
    expect(await authenticateApiKey(context, { id })).toBeUndefined();
    await context.db
      .insertInto('membership')
      .values({
        organization_id: actor.organizationId,
        person_id: other.actor.id,
        role: 'owner',
        created_at: clock.now(),
      })
      .execute();
    expect(await authenticateApiKey(context, { id })).toBeUndefined();
  });

  test('one’s own keys are seen by everybody, all keys only by those who manage members', async () => {
    const { actor } = await owner();
    const other = await joined(actor, 'member');
    const owners = await createApiKey(context, actor, { name: 'a', scopes: ['clusters:read'] });
    const members = await createApiKey(context, other.actor, { name: 'b', scopes: ['clusters:read'] });
    const ids = async (who: Actor) => (await listApiKeys(context, who, page)).items.map(({ id }) => id);
    expect(await ids(actor)).toEqual([members.id, owners.id]);
    expect(await ids(other.actor)).toEqual([members.id]);
    await expect(revokeApiKey(context, other.actor, owners.id)).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('sessions', () => {
  test('a session ends after its lifetime, when revoked, and with the membership', async () => {
    const { actor, sessionId } = await owner();
    expect(await authenticateSession(context, sessionId)).toEqual(actor);

    await revokeSession(context, actor, sessionId);
    expect(await authenticateSession(context, sessionId)).toBeUndefined();

    const other = await joined(actor, 'member');
    await removeMember(context, actor, other.actor.id);
    expect(await authenticateSession(context, other.sessionId)).toBeUndefined();

    const { session } = await openSession(context, { personId: actor.id, ...device });
    clock.advance(sessionLifetimeMs);
    expect(await authenticateSession(context, session.id)).toBeUndefined();
  });

  test('of two changes of a password at once one counts; it ends every other session of the person, and nobody else’s', async () => {
    const inviter = await owner();
    const { actor, sessionId, email } = await owner();
    await addMember(context, inviter.actor, { email, role: 'member' });
    const abroad = await openSession(context, {
      personId: actor.id,
      organizationId: inviter.actor.organizationId,
      ...device,
    });
    const { key } = await createApiKey(context, actor, { name: 'k', scopes: ['clusters:read'] });
    const change = (newPassword: string) =>
      changePassword(context, actor, { sessionId, currentPassword: password, newPassword });
    await expect(
      changePassword(context, actor, { sessionId, currentPassword: 'wrong', newPassword: 'x'.repeat(12) }),
    ).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(
      changePassword(context, actor, {
        sessionId: inviter.sessionId,
        currentPassword: password,
        newPassword: 'x'.repeat(12),
      }),
    ).rejects.toMatchObject({ code: 'not_found' });
    expect(await authenticateSession(context, abroad.session.id)).toBeDefined();

    const outcomes = await Promise.allSettled([change('the first new password'), change('the second new password')]);
    const [done, late] = outcomes.toSorted((left, right) => (left.status < right.status ? -1 : 1));
    expect(done).toMatchObject({ status: 'fulfilled', value: [abroad.session.id] });
    expect(late).toMatchObject({ status: 'rejected', reason: { code: 'unauthenticated' } });
    await expect(verifyPassword(context, { email, password })).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(await authenticateSession(context, abroad.session.id)).toBeUndefined();
    expect(await authenticateSession(context, sessionId)).toEqual(actor);
    expect(await authenticateSession(context, inviter.sessionId)).toEqual(inviter.actor);
    expect(await authenticateApiKey(context, { hash: hashApiKey(key) })).toBeDefined();
  });

  test('a session acts only for organizations of its person', async () => {
    const first = await owner();
    const second = await owner();
    const to = { sessionId: first.sessionId, organizationId: second.actor.organizationId };
    await expect(switchOrganization(context, first.actor, to)).rejects.toMatchObject({ code: 'forbidden' });
    await addMember(context, second.actor, { email: first.email, role: 'viewer' });
    const switched = await switchOrganization(context, first.actor, to);
    expect(switched).toEqual(await authenticateSession(context, first.sessionId));
    expect(switched).toMatchObject({ id: first.actor.id, organizationId: second.actor.organizationId });
    expect(switched.scopes.has('clusters:write')).toBe(false);
    expect((await me(context, switched)).organizations).toHaveLength(2);
  });
});

describe('members', () => {
  test('an organization keeps an owner, also when its two owners remove each other at once', async () => {
    const pairs: [Actor, Actor][] = [];
    for (let number = 0; number < 8; number += 1) {
      const { actor } = await owner();
      pairs.push([actor, (await joined(actor, 'owner')).actor]);
    }
    await Promise.allSettled(
      pairs.flatMap(([one, other]) => [
        removeMember(context, one, other.id),
        setRole(context, other, { personId: one.id, role: 'viewer' }),
      ]),
    );
    for (const [{ organizationId }] of pairs) {
      const owners = await context.db
        .selectFrom('membership')
        .select('person_id')
        .where('organization_id', '=', organizationId)
        .where('role', '=', 'owner')
        .execute();
      expect(owners).toHaveLength(1);
    }
  });

  test('the last owner can neither leave nor become less', async () => {
    const { actor } = await owner();
    await expect(removeMember(context, actor, actor.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(setRole(context, actor, { personId: actor.id, role: 'admin' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('an admin makes no owner and touches none', async () => {
    const { actor } = await owner();
    const admin = await joined(actor, 'admin');
    const stranger = await owner();
    const forbidden = { code: 'forbidden' };
    await expect(addMember(context, admin.actor, { email: stranger.email, role: 'owner' })).rejects.toMatchObject(
      forbidden,
    );
    await expect(setRole(context, admin.actor, { personId: admin.actor.id, role: 'owner' })).rejects.toMatchObject(
      forbidden,
    );
    await expect(removeMember(context, admin.actor, actor.id)).rejects.toMatchObject(forbidden);
  });

  test('a member is added once, and only who has signed up', async () => {
    const { actor, email } = await owner();
    await expect(addMember(context, actor, { email, role: 'viewer' })).rejects.toMatchObject({
      code: 'already_exists',
    });
    await expect(addMember(context, actor, { email: 'x@example.com', role: 'viewer' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('invariant 8: an organization sees only its own', () => {
  test('another’s members, keys and sessions answer as unknown ones', async () => {
    const mine = await owner();
    const theirs = await owner();
    const key = await createApiKey(context, theirs.actor, { name: 'k', scopes: ['clusters:read'] });
    const unknown = { code: 'not_found' };
    await expect(revokeApiKey(context, mine.actor, key.id)).rejects.toMatchObject(unknown);
    await expect(revokeSession(context, mine.actor, theirs.sessionId)).rejects.toMatchObject(unknown);
    await expect(removeMember(context, mine.actor, theirs.actor.id)).rejects.toMatchObject(unknown);
    await expect(setRole(context, mine.actor, { personId: theirs.actor.id, role: 'viewer' })).rejects.toMatchObject(
      unknown,
    );
    const seen = [
      await listMembers(context, mine.actor, page),
      await listApiKeys(context, mine.actor, page),
      await listSessions(context, mine.actor),
      await getOrganization(context, mine.actor),
      await me(context, mine.actor),
    ];
    const text = JSON.stringify(seen);
    for (const id of [theirs.actor.id, theirs.actor.organizationId, theirs.sessionId, key.id]) {
      expect(text).not.toContain(id);
    }
    expect(text).toContain(mine.actor.organizationId);
    expect(await authenticateApiKey(context, { id: key.id })).toBeDefined();
    expect(await authenticateSession(context, theirs.sessionId)).toEqual(theirs.actor);
  });
});

describe('operators', () => {
  test('an owner of the operating organization may operate; a quota is set and events tell of every change', async () => {
    const { person } = await createOperatorOrganization(context, {
      email: 'operator@example.com',
      password,
      name: 'Op',
      organizationName: 'Operator',
    });
    const { actor } = await openSession(context, { personId: person.id, ...device });
    expect(actor.scopes.has('operator:write')).toBe(true);

    const customer = await owner();
    const organizationId = customer.actor.organizationId;
    await setDeviceQuota(context, actor, { organizationId, deviceQuota: 8 });
    await updateOrganization(context, customer.actor, { name: 'New name' });
    expect(await deviceQuotaOf(context.db, organizationId)).toBe(8);
    expect(await getOrganization(context, customer.actor)).toMatchObject({ name: 'New name', deviceQuota: 8 });
    const { items } = await timeline(context.db, { kind: 'organization', id: organizationId }, page);
    expect(items.map(({ type, actorId }) => [type, actorId])).toEqual([
      ['organization.created', customer.actor.id],
      ['organization.session_opened', customer.actor.id],
      ['organization.quota_set', actor.id],
      ['organization.renamed', customer.actor.id],
    ]);
  });

  test('every organization is listed once over the pages', async () => {
    const all: string[] = [];
    let cursor: string | undefined;
    do {
      const { items, nextCursor } = await adminListOrganizations(context, {} as Actor, { limit: 3, cursor });
      all.push(...items.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
    } while (cursor);
    const rows = await context.db.selectFrom('organization').select('id').orderBy('id', 'desc').execute();
    expect(all).toEqual(rows.map(({ id }) => id));
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyIdentity } from '@muster/api-http';
import { verifyAudit } from '@muster/audit';
import { addMember, removeMember, revokeApiKey } from '@muster/customers';
import { SignJWT } from 'jose';
import { ask, bearer, type Harness, logIn, nobody, password, someAddress, someone, startHarness } from './testing.ts';
import { accessTokenKey } from './tokens.ts';

let harness: Harness;
let url: string;
beforeAll(async () => {
  harness = await startHarness({ MUSTER_LIMIT_FAILURES: '5' });
  url = harness.url;
});
afterAll(async () => harness[Symbol.asyncDispose]());

const identityOf = async (headers: Record<string, unknown>) =>
  (await verifyIdentity(headers['x-muster-identity'] as string, harness.identityPublicKey, new Date())).actor;
const rows = (path: string) =>
  harness.context.db.selectFrom('audit_event').selectAll().where('path', '=', path).orderBy('seq').execute();
/** Longer than the gateway remembers a credential. */
const forgotten = () => new Promise((resolve) => setTimeout(resolve, 2_100));

describe('who calls', () => {
  test('a visitor reaches the APIs as a visitor', async () => {
    const { json } = await ask(url, '/v1/offers', { from: someAddress() });
    expect(await identityOf(json.headers)).toMatchObject({ kind: 'visitor', organizationId: 'none' });
  });

  test('an API key reaches the APIs as its actor, with its scopes, and without the key itself', async () => {
    const { key, keyId, organizationId, actor } = await someone(harness.context);
    const { json } = await ask(url, '/v1/clusters', { headers: { ...bearer(key), cookie: 'other=1' } });
    expect(await identityOf(json.headers)).toEqual({
      id: keyId,
      kind: 'api_key',
      organizationId,
      scopes: new Set(actor.scopes),
    });
    expect(json.headers).not.toHaveProperty('authorization');
    expect(json.headers).not.toHaveProperty('cookie');
    expect(JSON.stringify(json.headers)).not.toContain(key);
  });

  test('an identity that comes from outside is dropped, however it is spelled', async () => {
    const { key, keyId } = await someone(harness.context);
    const forged = await new SignJWT({ kind: 'system', org: 'system', scopes: [], rid: 'x' })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new Uint8Array(32));
    const headers = {
      ...bearer(key),
      'X-Muster-Identity': [forged, forged],
      'x-muster-anything': 'x',
      'x-forwarded-host': 'evil.example',
      forwarded: 'for=192.0.2.9',
      connection: 'x-muster-identity, x-request-id',
    };
    const { json } = await ask(url, '/v1/clusters', { headers });
    expect((await identityOf(json.headers)).id).toBe(keyId);
    expect(json.headers).not.toHaveProperty('x-muster-anything');
    expect(json.headers).not.toHaveProperty('forwarded');
    expect(json.headers['x-forwarded-host']).toBe(new URL(url).host);
    expect(json.headers.connection).toBe('keep-alive');
    const visitors = await ask(url, '/v1/offers', { headers: { 'x-muster-identity': forged }, from: someAddress() });
    expect(await identityOf(visitors.json.headers)).toMatchObject({ kind: 'visitor' });
  });

  test.each([
    ['an unknown API key', 'Bearer msk_0000000000000000000000000000000000000000'],
    ['nonsense', 'Bearer nonsense'],
    ['another scheme', 'Basic YTpi'],
    ['an empty credential', 'Bearer '],
  ])('a wrong credential is refused and audited: %s', async (name, authorization) => {
    const path = `/v1/wrong/${encodeURIComponent(name)}`;
    const answer = await ask(url, path, { headers: { authorization }, from: someAddress() });
    expect(answer).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
    expect(answer.headers['www-authenticate']).toContain('Bearer');
    expect(harness.reached.some((each) => each.url === path)).toBe(false);
    expect(await rows(path)).toMatchObject([{ outcome: 'unauthenticated', actor_id: 'visitor', method: 'GET' }]);
    expect(JSON.stringify(await rows(path), (_, v) => (typeof v === 'bigint' ? String(v) : v))).not.toContain('msk_');
  });

  test('who tries many credentials is told no more whether one is right', async () => {
    const from = someAddress();
    const statuses: number[] = [];
    for (let number = 0; number < 7; number += 1) {
      statuses.push((await ask(url, '/v1/clusters', { headers: bearer(`msk_${number}`), from })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('a revoked key stops within the two seconds that it is remembered', async () => {
    const { key, keyId, actor } = await someone(harness.context);
    expect((await ask(url, '/v1/clusters', { headers: bearer(key) })).status).toBe(200);
    await revokeApiKey(harness.context, actor, keyId);
    await forgotten();
    expect((await ask(url, '/v1/clusters', { headers: bearer(key), from: someAddress() })).status).toBe(401);
  });

  test.each(['access_token=x', 'token=x', 'Api_Key=x', 'q=msk_abc'])(
    'credentials in the query string are refused: %s',
    async (query) => {
      const answer = await ask(url, `/v1/clusters?${query}`, { from: someAddress() });
      expect(answer).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
    },
  );

  test('a customer’s key gets no further than the gateway with the internal API', async () => {
    const { key, keyId } = await someone(harness.context);
    const answer = await ask(url, '/internal/v1/clusters', { headers: bearer(key) });
    expect(answer).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await rows('/internal/v1/clusters')).toMatchObject([{ outcome: 'forbidden', actor_id: keyId }]);
  });
});

describe('sessions', () => {
  test('signing up opens an organization and a session whose cookie no script can read', async () => {
    const email = `${harness.context.ids.next('person')}@example.com`;
    const body = { email, password, name: 'New', organizationName: 'New organization' };
    const answer = await ask(url, '/v1/signup', { method: 'POST', body, from: someAddress() });
    expect(answer).toMatchObject({
      status: 201,
      json: { kind: 'person', person: { email }, organization: { name: 'New organization', operator: false } },
    });
    expect(answer.headers['set-cookie']![0]).toMatch(/^muster\.sid=.+; Path=\/; Expires=.+; HttpOnly; SameSite=Lax$/);
    const again = await ask(url, '/v1/signup', { method: 'POST', body, from: someAddress() });
    expect(again).toMatchObject({ status: 409, json: { code: 'already_exists' } });
  });

  test('behind TLS the cookie is sent only over TLS', async () => {
    const { email } = await someone(harness.context);
    const answer = await ask(url, '/v1/login', {
      method: 'POST',
      body: { email, password },
      headers: { 'x-forwarded-proto': 'https' },
      from: someAddress(),
    });
    expect(answer.headers['set-cookie']![0]).toContain('; Secure');
  });

  test('a login acts as its person, and ends with logout', async () => {
    const { email, personId, organizationId } = await someone(harness.context);
    const from = someAddress();
    const { cookie, csrf, answer } = await logIn(url, email, from);
    expect(answer).toMatchObject({ status: 200, json: { actorId: personId, organization: { id: organizationId } } });
    const { json } = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(await identityOf(json.headers)).toMatchObject({ id: personId, kind: 'person', organizationId });
    expect((await rows('/v1/login')).at(-1)).toMatchObject({
      outcome: 'accepted',
      actor_id: personId,
      organization_id: organizationId,
    });

    const headers = { cookie, 'x-csrf-token': csrf };
    expect((await ask(url, '/v1/logout', { method: 'POST', body: {}, headers, from })).status).toBe(204);
    const after = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(await identityOf(after.json.headers)).toMatchObject({ kind: 'visitor' });
  });

  test('a session id from before the login is worth nothing after it', async () => {
    const first = await someone(harness.context);
    const second = await someone(harness.context);
    const from = someAddress();
    const { cookie } = await logIn(url, first.email, from);
    const answer = await ask(url, '/v1/login', {
      method: 'POST',
      body: { email: second.email, password },
      headers: { cookie },
      from,
    });
    const renewed = answer.headers['set-cookie']![0]!.split(';')[0]!;
    expect(renewed).not.toBe(cookie);
    const old = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(await identityOf(old.json.headers)).toMatchObject({ kind: 'visitor' });
    const now = await ask(url, '/v1/clusters', { headers: { cookie: renewed }, from });
    expect(await identityOf(now.json.headers)).toMatchObject({ id: second.personId });
  });

  test('a wrong password is refused like an unknown email, and audited without either', async () => {
    const { email } = await someone(harness.context);
    const attempt = (body: object) => ask(url, '/v1/login', { method: 'POST', body, from: someAddress() });
    const wrong = await attempt({ email, password: 'not the password' });
    const unknown = await attempt({ email: nobody(), password });
    for (const answer of [wrong, unknown]) expect(answer.status).toBe(401);
    expect(wrong.json.detail).toBe(unknown.json.detail);
    const last = (await rows('/v1/login')).slice(-2);
    expect(last).toMatchObject([{ outcome: 'unauthenticated' }, { outcome: 'unauthenticated' }]);
    expect(JSON.stringify(last.map(({ details }) => details))).toBe('[{},{}]');
  });

  test('a new password needs the current one, logs out all others at once, and leaves API keys as they are', async () => {
    const { email, key, personId } = await someone(harness.context);
    const from = someAddress();
    const [here, elsewhere] = [await logIn(url, email, from), await logIn(url, email, from)];
    const newPassword = 'another correct horse';
    const change = (body: object, headers: Record<string, string>) =>
      ask(url, '/v1/password', { method: 'POST', body, headers, from });
    const mine = { cookie: here.cookie, 'x-csrf-token': here.csrf };

    const wrong = await change({ currentPassword: 'not the password', newPassword }, mine);
    expect(wrong).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
    expect((await change({ currentPassword: password, newPassword: 'short' }, mine)).status).toBe(400);
    expect((await change({ currentPassword: password, newPassword }, bearer(key))).status).toBe(403);
    expect((await change({ currentPassword: password, newPassword }, { cookie: here.cookie })).status).toBe(403);
    expect((await change({ currentPassword: password, newPassword }, {})).status).toBe(401);
    const who = async (headers: Record<string, string>) =>
      identityOf((await ask(url, '/v1/clusters', { headers, from })).json.headers);
    expect(await who({ cookie: elsewhere.cookie })).toMatchObject({ id: personId });

    expect((await change({ currentPassword: password, newPassword }, mine)).status).toBe(204);
    expect(await who({ cookie: here.cookie })).toMatchObject({ id: personId });
    expect(await who({ cookie: elsewhere.cookie })).toMatchObject({ kind: 'visitor' });
    expect(await who(bearer(key))).toMatchObject({ kind: 'api_key' });
    expect((await logIn(url, email, from)).answer.status).toBe(401);
    const again = await ask(url, '/v1/login', { method: 'POST', body: { email, password: newPassword }, from });
    expect(again.status).toBe(200);
    const audited = (await rows('/v1/password')).filter(({ actor_id }) => actor_id === personId);
    expect(audited.map(({ outcome }) => outcome)).toContain('unauthenticated');
    expect(audited.at(-1)).toMatchObject({ outcome: 'accepted' });
    expect(JSON.stringify(audited, (_, v) => (typeof v === 'bigint' ? String(v) : v))).not.toContain('horse');
  });

  test('the current password is guessed at no faster than a login', async () => {
    const { email } = await someone(harness.context);
    const { cookie, csrf } = await logIn(url, email, someAddress());
    const headers = { cookie, 'x-csrf-token': csrf };
    const body = { currentPassword: 'not the password', newPassword: 'another correct horse' };
    const statuses = new Set<number>();
    for (let number = 0; number < 30 && !statuses.has(429); number++) {
      statuses.add((await ask(url, '/v1/password', { method: 'POST', body, headers, from: someAddress() })).status);
    }
    expect([...statuses]).toEqual([401, 429]);
  });

  test('whoever acts for another organization gets another CSRF token: a page of the former one changes nothing', async () => {
    const owner = await someone(harness.context);
    const member = await someone(harness.context);
    await addMember(harness.context, owner.actor, { email: member.email, role: 'member' });
    const from = someAddress();
    const { cookie, csrf } = await logIn(url, member.email, from);
    const change = (token: string) =>
      ask(url, '/v1/session/organization', {
        method: 'POST',
        body: { organizationId: owner.organizationId },
        headers: { cookie, 'x-csrf-token': token },
        from,
      });
    expect((await change(csrf)).status).toBe(200);
    expect((await change(csrf)).status).toBe(403);
    const fresh = await ask(url, '/v1/csrf', { headers: { cookie }, from });
    expect((await change(fresh.json.csrfToken)).status).toBe(200);
  });

  test('a member who was removed is out, session and all', async () => {
    const owner = await someone(harness.context);
    const member = await someone(harness.context);
    await addMember(harness.context, owner.actor, { email: member.email, role: 'member' });
    const from = someAddress();
    const { cookie, csrf } = await logIn(url, member.email, from);
    const switched = await ask(url, '/v1/session/organization', {
      method: 'POST',
      body: { organizationId: owner.organizationId },
      headers: { cookie, 'x-csrf-token': csrf },
      from,
    });
    expect(switched).toMatchObject({ status: 200, json: { organization: { id: owner.organizationId } } });
    const before = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(await identityOf(before.json.headers)).toMatchObject({ organizationId: owner.organizationId });

    await removeMember(harness.context, owner.actor, member.personId);
    await forgotten();
    const after = await ask(url, '/v1/clusters', { headers: { cookie }, from });
    expect(await identityOf(after.json.headers)).toMatchObject({ kind: 'visitor' });
  });

  test.each([
    ['without a body', undefined, {}, 400],
    ['not JSON', '{', { 'content-type': 'application/json' }, 400],
    ['a form', 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a member too many', { email: 'a@example.com', password, admin: true }, {}, 400],
    ['no email', { email: 'a', password }, {}, 400],
    ['far too large', { email: 'a@example.com', password, x: 'x'.repeat(1_100_000) }, {}, 413],
  ])('a malformed login is refused: %s', async (_name, body, headers, status) => {
    const answer = await ask(url, '/v1/login', { method: 'POST', body, headers, from: someAddress() });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  });

  test('another method is refused where the gateway answers itself', async () => {
    const answer = await ask(url, '/v1/login', { from: someAddress() });
    expect(answer).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
  });
});

describe('CSRF', () => {
  test('a change with a cookie needs the session’s token; with a bearer credential it needs none', async () => {
    const { email, key } = await someone(harness.context);
    const other = await someone(harness.context);
    const from = someAddress();
    const { cookie, csrf } = await logIn(url, email, from);
    const { csrf: others } = await logIn(url, other.email, from);
    const change = (headers: Record<string, string>) =>
      ask(url, '/v1/clusters', { method: 'POST', body: {}, headers, from });
    const bad: Record<string, string>[] = [
      { cookie },
      { cookie, 'x-csrf-token': 'wrong' },
      { cookie, 'x-csrf-token': others },
    ];
    for (const headers of bad) {
      expect(await change(headers)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    }
    expect((await change({ cookie, 'x-csrf-token': csrf })).status).toBe(200);
    expect((await change(bearer(key))).status).toBe(200);
    expect((await ask(url, '/v1/clusters', { headers: { cookie }, from })).status).toBe(200);
  });
});

describe('access tokens', () => {
  test('a token stands for its credential, makes no other, and dies with it', async () => {
    const { key, keyId, actor } = await someone(harness.context);
    const issued = await ask(url, '/v1/tokens', { method: 'POST', body: {}, headers: bearer(key) });
    expect(issued.status).toBe(201);
    const headers = bearer(issued.json.accessToken);
    const { json } = await ask(url, '/v1/clusters', { headers });
    expect(await identityOf(json.headers)).toMatchObject({ id: keyId, organizationId: actor.organizationId });
    expect(await ask(url, '/v1/tokens', { method: 'POST', body: {}, headers })).toMatchObject({ status: 403 });
    await revokeApiKey(harness.context, actor, keyId);
    await forgotten();
    expect((await ask(url, '/v1/clusters', { headers, from: someAddress() })).status).toBe(401);
  });

  test('an expired token, one of another audience and one without a signature are refused', async () => {
    const { keyId } = await someone(harness.context);
    const key = accessTokenKey('a secret of the tests that is long enough');
    const token = (audience: string, expires: string) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(keyId)
        .setIssuer('muster')
        .setAudience(audience)
        .setExpirationTime(expires)
        .sign(key);
    const good = await token('muster-gateway', '1 minute');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
    expect((await ask(url, '/v1/clusters', { headers: bearer(good) })).status).toBe(200);
    for (const bad of [await token('muster-gateway', '1 minute ago'), await token('other', '1 minute'), unsigned]) {
      expect((await ask(url, '/v1/clusters', { headers: bearer(bad), from: someAddress() })).status).toBe(401);
    }
  });
});

describe('audit of requests', () => {
  test('a change is audited before it is passed on, with ids and without its query; a read is not', async () => {
    const { key, keyId, organizationId } = await someone(harness.context);
    const path = '/v1/clusters/clu_audited/terminate';
    const from = someAddress();
    const headers = { ...bearer(key), 'x-request-id': 'req-of-the-caller' };
    await ask(url, `${path}?why=secret`, { method: 'POST', body: { reason: 'secret' }, headers, from });
    await ask(url, path, { headers, from });
    expect(await rows(path)).toMatchObject([
      {
        actor_id: keyId,
        organization_id: organizationId,
        request_id: 'req-of-the-caller',
        method: 'POST',
        ip: from,
        outcome: 'accepted',
        details: { credential: 'api_key', credentialId: keyId },
      },
    ]);
    expect(await verifyAudit(harness.context)).toMatchObject({ ok: true });
  });

  test('a question that needs a body is no change: it is not audited, and needs no CSRF token', async () => {
    const path = '/v1/quotes/preview';
    const { email } = await someone(harness.context);
    const from = someAddress();
    const { cookie } = await logIn(url, email, from);
    expect((await ask(url, path, { method: 'POST', body: {}, headers: { cookie }, from })).status).toBe(200);
    expect(await rows(path)).toEqual([]);
  });

  test('a change that cannot be audited is not made', async () => {
    await using broken = await startHarness();
    const { key } = await someone(broken.context);
    await ask(broken.url, '/v1/clusters', { headers: bearer(key) });
    await broken.context.db.schema.alterTable('audit_event').renameTo('audit_away').execute();
    const before = broken.reached.length;
    const answer = await ask(broken.url, '/v1/clusters', { method: 'POST', body: {}, headers: bearer(key) });
    expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } });
    expect(answer.headers['retry-after']).toBeDefined();
    expect(broken.reached).toHaveLength(before);
  });
});

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayMs } from '@muster/common';
import { attest, listAttestations, revokeAttestation } from './attestations.ts';
import { onLeaseHeld } from './hiring.ts';
import { checkedKubeconfig } from './kubeconfig.ts';
import { getWorker, pauseWorker } from './manage.ts';
import { attachPool, detachPool, listPools, poolKubeconfig } from './pools.ts';
import { decryptSecret, encryptSecret } from './secrets.ts';
import { kubeconfig, operator, secretsKey, setUp, stranger, supplier } from './testing.ts';

let world: Awaited<ReturnType<typeof setUp>>;
beforeAll(async () => {
  world = await setUp();
});
afterAll(() => world.database.drop());

describe('a pool', () => {
  test('keeps its kubeconfig encrypted, and gives it back only with the key', async () => {
    const { context } = world;
    const pool = await attachPool(context, supplier, secretsKey, { name: 'dc-1', country: 'SE', kubeconfig });
    const { kubeconfig_encrypted } = await context.db
      .selectFrom('pool')
      .select('kubeconfig_encrypted')
      .where('id', '=', pool.id)
      .executeTakeFirstOrThrow();
    expect(kubeconfig_encrypted.toString('latin1')).not.toContain('secret-token');
    expect(JSON.parse(await poolKubeconfig(context.db, secretsKey, pool.id))).toMatchObject({
      users: [{ name: 'muster', user: { token: 'secret-token' } }],
    });
    await expect(poolKubeconfig(context.db, Buffer.alloc(32, 8), pool.id)).rejects.toMatchObject({ code: 'internal' });
    await expect(
      attachPool(context, stranger, secretsKey, { name: 'dc-1', country: 'SE', kubeconfig }),
    ).rejects.toMatchObject({ code: 'already_exists' });
    expect(await listPools(context, stranger)).toEqual([]);
  });

  test('is not detached while a worker of it is hired and heard; once it is, none of it is hired, however it was planned', async () => {
    const { context, database, join, pool } = await setUp();
    const workerId = await join();
    const hire = () => context.db.transaction().execute((trx) => onLeaseHeld(trx, context, [workerId]));
    const row = () => context.db.selectFrom('worker').selectAll().where('id', '=', workerId).executeTakeFirstOrThrow();
    const hired = await Promise.allSettled([hire(), detachPool(context, operator, pool.id)]);
    expect(hired.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    if ((await row()).readiness === 'hired') {
      await context.db.updateTable('worker').set({ connected: false }).where('id', '=', workerId).execute();
      await detachPool(context, operator, pool.id);
    }
    await context.db.updateTable('worker').set({ readiness: 'cluster-ready', status: 'idle' }).execute();
    await expect(hire()).rejects.toMatchObject({ code: 'conflict' });
    await database.drop();
  });

  test('is one of at most 20 of an organization; a detached one does not count', async () => {
    const { context, database } = await setUp();
    const attach = (number: number, actor = supplier) =>
      attachPool(context, actor, secretsKey, { name: `many-${number}`, country: 'SE', kubeconfig });
    const [first] = await Promise.all(Array.from({ length: 20 }, (_, number) => attach(number)));
    await expect(attach(20)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await attach(21, stranger);
    await detachPool(context, supplier, first!.id);
    await attach(22);
    await database.drop();
  });

  test('a community pool is the operator’s to make', async () => {
    await expect(
      attachPool(world.context, supplier, secretsKey, { name: 'x', country: 'SE', kubeconfig, kind: 'community' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  test.each([
    ['runs a program', kubeconfig.replace('token: secret-token', 'exec: { command: /bin/sh, apiVersion: v1 }')],
    ['reads a file', kubeconfig.replace('token: secret-token', 'tokenFile: /etc/passwd')],
    [
      'reads a certificate file',
      kubeconfig.replace('certificate-authority-data: aGVsbG8=', 'certificate-authority: /etc/x'),
    ],
    [
      'skips TLS verification',
      kubeconfig.replace('certificate-authority-data: aGVsbG8=', 'insecure-skip-tls-verify: true'),
    ],
    ['goes through a proxy', kubeconfig.replace('certificate-authority-data: aGVsbG8=', "proxy-url: 'http://evil'")],
    ['speaks plain HTTP', kubeconfig.replace('https:', 'http:')],
    ['is no YAML', '{{{'],
    ['is a bomb', 'a: &a [1]\nb: [*a, *a]'],
  ])('a kubeconfig that %s is refused, and its secrets are not repeated', async (_, text) => {
    const attempt = attachPool(world.context, supplier, secretsKey, { name: 'bad', country: 'SE', kubeconfig: text });
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(attempt).rejects.not.toThrow('secret-token');
  });
});

describe('a kubeconfig', () => {
  test('is kept as it was checked: what no check looked at is not there for another parser to find', () => {
    const hidden = kubeconfig.replace('{ name: muster,', "{ name: muster, '<<': { user: { exec: { command: sh } } },");
    expect(JSON.parse(checkedKubeconfig(`${hidden}extensions: [{ name: x }]\n`))).toEqual({
      'current-context': 'main',
      clusters: [
        { name: 'main', cluster: { server: 'https://127.0.0.1:6443', 'certificate-authority-data': 'aGVsbG8=' } },
      ],
      contexts: [{ name: 'main', context: { cluster: 'main', user: 'muster' } }],
      users: [{ name: 'muster', user: { token: 'secret-token' } }],
    });
  });
});

describe('a secret', () => {
  test('cannot be read with another key, as another’s, or after a change of any byte', () => {
    const sealed = encryptSecret(secretsKey, 'hello', 'pool_a');
    expect(decryptSecret(secretsKey, sealed, 'pool_a')).toBe('hello');
    expect(encryptSecret(secretsKey, 'hello', 'pool_a')).not.toEqual(sealed);
    expect(() => decryptSecret(Buffer.alloc(32), sealed, 'pool_a')).toThrow('cannot be decrypted');
    expect(() => decryptSecret(secretsKey, sealed, 'pool_b')).toThrow('cannot be decrypted');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => decryptSecret(secretsKey, changed, 'pool_a')).toThrow('cannot be decrypted');
    }
  });
});

describe('a worker', () => {
  test('of another organization is an operator’s to read with one scope, and to change only with the other', async () => {
    const workerId = await world.join();
    const reader = { ...operator, scopes: new Set([...operator.scopes].filter((scope) => scope !== 'operator:write')) };
    expect((await getWorker(world.context, reader, workerId)).id).toBe(workerId);
    await expect(pauseWorker(world.context, reader, workerId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await getWorker(world.context, operator, workerId)).status).not.toBe('paused');
  });
});

describe('an attestation', () => {
  test('holds for a worker or its whole pool until it expires or is revoked', async () => {
    const { context, clock, pool } = world;
    const workerId = await world.join();
    const compliance = async () => (await getWorker(context, supplier, workerId)).compliance;
    const expiresAt = new Date(clock.now().getTime() + dayMs);
    await attest(context, operator, { workerId, compliance: 'soc2', evidence: 'report 7', expiresAt });
    const ofPool = await attest(context, operator, {
      poolId: pool.id,
      compliance: 'gdpr',
      evidence: 'contract',
      expiresAt,
    });
    expect(await compliance()).toEqual(['soc2', 'gdpr']);
    await revokeAttestation(context, operator, ofPool.id);
    expect(await compliance()).toEqual(['soc2']);
    await expect(revokeAttestation(context, operator, ofPool.id)).rejects.toMatchObject({ code: 'not_found' });
    clock.advance(dayMs);
    expect(await compliance()).toEqual([]);
    expect((await listAttestations(context, { limit: 10 })).items).toHaveLength(2);
  });

  test('of GDPR is refused outside the European Economic Area, and none is born expired', async () => {
    const { context, clock } = world;
    const far = await attachPool(context, supplier, secretsKey, { name: 'us', country: 'US', kubeconfig });
    const expiresAt = new Date(clock.now().getTime() + dayMs);
    await expect(
      attest(context, operator, { poolId: far.id, compliance: 'gdpr', evidence: 'x', expiresAt }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(
      attest(context, operator, { poolId: far.id, compliance: 'soc2', evidence: 'x', expiresAt: clock.now() }),
    ).rejects.toMatchObject({ code: 'invalid_request' });
  });
});

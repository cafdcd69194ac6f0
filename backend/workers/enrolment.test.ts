import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayMs } from '@muster/common';
import { createAuthority, issueServerCertificate } from './authority.ts';
import {
  authenticateWorker,
  createEnrolmentToken,
  enrol,
  getEnrolmentToken,
  listEnrolmentTokens,
  renewCertificate,
  revokeEnrolmentToken,
} from './enrolment.ts';
import { getWorker, workerTimeline } from './manage.ts';
import { goodFacts, newRequest, setUp, stranger, supplier } from './testing.ts';

let world: Awaited<ReturnType<typeof setUp>>;
beforeAll(async () => {
  world = await setUp();
});
afterAll(() => world.database.drop());

const present = (pem: string) => {
  const { subject, serialNumber } = new X509Certificate(pem);
  return { commonName: subject.replace('CN=', ''), serial: serialNumber };
};

describe('enrolment', () => {
  test('a machine becomes a worker of its owner, with devices, rules and a certificate for its own key', async () => {
    const { context, platform } = world;
    const { token } = await createEnrolmentToken(context, supplier, {
      country: 'NL',
      floorMicroUsdPerHour: 5n,
      name: 'box',
    });
    const enrolled = await enrol(context, platform, { token, csr: await newRequest(), facts: goodFacts });
    const certificate = new X509Certificate(enrolled.certificate);
    expect(certificate.verify(new X509Certificate(enrolled.caCertificate).publicKey)).toBe(true);
    // The request asked for CN=root: the platform decides.
    expect(certificate.subject).toBe(`CN=${enrolled.workerId}`);
    expect(certificate.ca).toBe(false);

    const worker = await getWorker(context, supplier, enrolled.workerId);
    expect(worker).toMatchObject({
      name: 'box',
      country: 'NL',
      region: 'europe',
      status: 'down',
      readiness: 'registered',
      modelId: 'nvidia-geforce-rtx-4090',
      floorMicroUsdPerHour: 5n,
      devices: [{ index: 0, uuid: 'GPU-1' }],
      simulated: false,
    });
    expect(worker.rules.map((rule) => rule.check)).toEqual(['download', 'upload']);
    expect(await world.told(worker.id)).toBe(true);
    await expect(getWorker(context, stranger, worker.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('its maker hears which token was used, and reads by whom; nobody else reads it (invariant 8)', async () => {
    const { context, platform } = world;
    const { token, ...made } = await createEnrolmentToken(context, supplier, { country: 'NL' });
    expect(await getEnrolmentToken(context, supplier, made.id)).toEqual(made);
    const { workerId } = await enrol(context, platform, { token, csr: await newRequest(), facts: goodFacts });
    const usedAt = context.clock.now();
    expect(await getEnrolmentToken(context, supplier, made.id)).toEqual({ ...made, usedAt, workerId });
    const { items } = await workerTimeline(context, supplier, workerId, { limit: 1 });
    expect(items[0]).toMatchObject({ type: 'worker.enrolled', body: { tokenId: made.id } });
    await expect(getEnrolmentToken(context, stranger, made.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a token that 50 machines send at once admits exactly one', async () => {
    const { context, platform } = world;
    const { token, id } = await createEnrolmentToken(context, supplier, { country: 'DE' });
    const csr = await newRequest();
    const before = await context.db.selectFrom('worker').select('id').execute();
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => enrol(context, platform, { token, csr, facts: goodFacts })),
    );
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'expired' });
    }
    const after = await context.db.selectFrom('worker').select('id').execute();
    expect(after.length - before.length).toBe(1);
    await expect(revokeEnrolmentToken(context, supplier, id)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('unknown, old and revoked tokens admit nobody', async () => {
    const { context, platform, clock } = world;
    const csr = await newRequest();
    const attempt = (token: string) => enrol(context, platform, { token, csr, facts: goodFacts });
    await expect(attempt('mse_wrong')).rejects.toMatchObject({ code: 'unauthenticated' });
    const revoked = await createEnrolmentToken(context, supplier, { country: 'DE' });
    await expect(revokeEnrolmentToken(context, stranger, revoked.id)).rejects.toMatchObject({ code: 'not_found' });
    await revokeEnrolmentToken(context, supplier, revoked.id);
    await expect(attempt(revoked.token)).rejects.toMatchObject({ code: 'unauthenticated' });
    const old = await createEnrolmentToken(context, supplier, { country: 'DE' });
    clock.advance(dayMs);
    await expect(attempt(old.token)).rejects.toMatchObject({ code: 'expired' });
  });

  test('the token is nowhere in the database', async () => {
    const { context } = world;
    const { token } = await createEnrolmentToken(context, supplier, { country: 'DE' });
    const rows = await context.db.selectFrom('enrolment_token').selectAll().execute();
    expect(JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))).not.toContain(
      token,
    );
    const { items } = await listEnrolmentTokens(context, stranger, { limit: 50 });
    expect(items).toEqual([]);
  });

  test('a request that is not signed by its own key, or is no request, is refused and uses up nothing', async () => {
    const { context, platform } = world;
    const { token } = await createEnrolmentToken(context, supplier, { country: 'DE' });
    for (const csr of [await newRequest({ tamper: true }), 'no request', '']) {
      await expect(enrol(context, platform, { token, csr, facts: goodFacts })).rejects.toMatchObject({
        code: 'invalid_request',
      });
    }
    await expect(enrol(context, platform, { token, csr: await newRequest(), facts: goodFacts })).resolves.toBeDefined();
  });

  test("a machine without a GPU is a worker with its own CPU's model", async () => {
    const { context } = world;
    const workerId = await world.join({ ...goodFacts, gpus: [], cudaVersion: undefined });
    const worker = await getWorker(context, supplier, workerId);
    expect(worker).toMatchObject({ status: 'idle', readiness: 'cluster-ready', deviceCount: 1 });
    expect(worker.modelId).toMatch(/^cpu-amd-ryzen-9-7950x/);
  });

  test('unknown devices, devices of several models and MIG slices make an unsupported worker', async () => {
    const { context } = world;
    const [gpu] = goodFacts.gpus;
    for (const gpus of [
      [{ ...gpu!, name: 'NVIDIA GeForce GT 710', memoryMib: 2_048 }],
      [gpu!, { ...gpu!, index: 1, name: 'NVIDIA GeForce RTX 3090', memoryMib: 24_576 }],
      [{ ...gpu!, migProfile: '3g.20gb' }],
    ]) {
      const worker = await getWorker(context, supplier, await world.join({ ...goodFacts, gpus }));
      expect(worker).toMatchObject({ status: 'unsupported', readiness: 'registered', modelId: null });
      expect(worker.rules.map((rule) => rule.check)).toContain('model');
    }
  });
});

describe("a worker's certificate", () => {
  test('is good until its renewal is used, so that a lost answer locks nobody out', async () => {
    const { context, platform } = world;
    const { token } = await createEnrolmentToken(context, supplier, { country: 'DE' });
    const enrolled = await enrol(context, platform, { token, csr: await newRequest(), facts: goodFacts });
    const first = present(enrolled.certificate);
    const actor = await authenticateWorker(context, first);
    expect(actor).toMatchObject({ id: enrolled.workerId, kind: 'worker', organizationId: 'org_s' });

    await renewCertificate(context, platform.authority, actor, await newRequest());
    const { certificate } = await renewCertificate(context, platform.authority, actor, await newRequest());
    await expect(authenticateWorker(context, first)).resolves.toMatchObject({ id: enrolled.workerId });
    await expect(authenticateWorker(context, present(certificate))).resolves.toMatchObject({ id: enrolled.workerId });
    await expect(authenticateWorker(context, first)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('of one worker does not admit as another', async () => {
    const { context } = world;
    const [one, other] = [await world.join(), await world.join()];
    const { certificate_serial } = await world.row(one);
    await expect(authenticateWorker(context, { commonName: other, serial: certificate_serial! })).rejects.toMatchObject(
      { code: 'unauthenticated' },
    );
  });
});

describe('the authority', () => {
  test('issues listeners’ certificates for exactly the names that are asked', async () => {
    const authority = await createAuthority('Muster test');
    const { certificatePem } = await issueServerCertificate(authority, ['muster.test', '127.0.0.1']);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.checkHost('muster.test')).toBe('muster.test');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkHost('other.test')).toBeUndefined();
    expect(certificate.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
  });
});

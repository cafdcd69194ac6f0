/** What the tests of this domain start from: a database with an operator, a supplier and a community pool. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, createIds, ManualClock, type Scope } from '@muster/common';
import { createTestDatabase } from '@muster/db/testing';
import * as x509 from '@peculiar/x509';
import { createAuthority } from './authority.ts';
import { createEnrolmentToken, enrol } from './enrolment.ts';
import type { Facts } from './facts.ts';
import { applyReport } from './observe.ts';
import { attachPool } from './pools.ts';
import type { WorkerReport } from './reports.ts';
import type { WorkersContext } from './worker.ts';

const suppliers: Scope[] = ['workers:read', 'workers:write'];
export const supplier: Actor = { id: 'per_s', kind: 'person', organizationId: 'org_s', scopes: new Set(suppliers) };
export const stranger: Actor = { id: 'per_x', kind: 'person', organizationId: 'org_x', scopes: new Set(suppliers) };
export const operator: Actor = {
  id: 'per_o',
  kind: 'person',
  organizationId: 'org_o',
  scopes: new Set([...suppliers, 'operator:read', 'operator:write']),
};

export const secretsKey = Buffer.alloc(32, 7);

export const kubeconfig = `apiVersion: v1
kind: Config
current-context: main
clusters: [{ name: main, cluster: { server: 'https://127.0.0.1:6443', certificate-authority-data: aGVsbG8= } }]
contexts: [{ name: main, context: { cluster: main, user: muster } }]
users: [{ name: muster, user: { token: secret-token } }]
`;

/** A gaming PC that meets every minimum. */
export const goodFacts: Facts = {
  agentVersion: '0.1.0',
  hostname: 'basement',
  os: 'Debian GNU/Linux 12',
  kernel: '6.1.0',
  architecture: 'x86_64',
  cpuModel: 'AMD Ryzen 9 7950X 16-Core Processor',
  cpuCores: 32,
  memoryBytes: 64e9,
  diskBytes: 2e12,
  diskFreeBytes: 1e12,
  gpus: [{ index: 0, uuid: 'GPU-1', name: 'NVIDIA GeForce RTX 4090', memoryMib: 24_564, driverVersion: '550.54' }],
  cudaVersion: '12.4',
  engine: { name: 'podman', version: '4.3.1', cgroups: 'v2' },
};

export async function setUp() {
  const database = await createTestDatabase();
  const clock = new ManualClock();
  const context: WorkersContext = { db: database.db, clock, ids: createIds(clock) };
  const created_at = clock.now();
  await context.db
    .insertInto('organization')
    .values([
      { id: 'org_o', name: 'Operator', operator: true, device_quota: null, created_at },
      { id: 'org_s', name: 'Supplier', device_quota: null, created_at },
      { id: 'org_x', name: 'Stranger', device_quota: null, created_at },
    ])
    .execute();
  await seedCatalogue(context);
  const pool = await attachPool(context, operator, secretsKey, {
    name: 'local',
    country: 'DE',
    kubeconfig,
    kind: 'community',
  });
  const authority = await createAuthority('Muster test');
  const platform = { authority, connectUrl: 'wss://muster.test/private/v1/agent/connect' };

  const report = (told: WorkerReport) => context.db.transaction().execute((trx) => applyReport(trx, context, told));
  return {
    database,
    context,
    clock,
    pool,
    platform,
    report,
    /** Enrols a machine of the supplier, and brings it up to `cluster-ready` unless told otherwise. */
    async join(facts: Facts = goodFacts, { ready = true } = {}): Promise<string> {
      const { token } = await createEnrolmentToken(context, supplier, { country: 'DE' });
      const { workerId } = await enrol(context, platform, { token, csr: await newRequest(), facts });
      if (ready) {
        await report({ type: 'worker.connected', body: { workerId } });
        await report({ type: 'worker.bandwidth', body: { workerId, downMbps: 940, upMbps: 880 } });
      }
      return workerId;
    },
    row: (workerId: string) =>
      context.db.selectFrom('worker').selectAll().where('id', '=', workerId).executeTakeFirstOrThrow(),
    /** Whether versions are contiguous and the last event says the row's state (invariant 3). */
    async told(workerId: string): Promise<boolean> {
      const row = await context.db
        .selectFrom('worker')
        .selectAll()
        .where('id', '=', workerId)
        .executeTakeFirstOrThrow();
      const events = await context.db
        .selectFrom('event')
        .selectAll()
        .where('subject_id', '=', workerId)
        .where('version', 'is not', null)
        .orderBy('version')
        .execute();
      const last = events.at(-1);
      return (
        events.every((event, index) => event.version === index + 1) &&
        last?.version === row.version &&
        last.state === row.status &&
        last.body.readiness === row.readiness &&
        last.body.deviceCount === row.device_count
      );
    },
  };
}

/** A PKCS #10 request in PEM; with `tamper`, for another key than the one that signed it. */
export async function newRequest({ tamper = false } = {}): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=root',
    keys,
    signingAlgorithm: algorithm,
  });
  if (!tamper) return request.toString('pem');
  const bytes = Buffer.from(request.rawData);
  // The last byte is of the signature.
  bytes[bytes.length - 1]! ^= 1;
  return x509.PemConverter.encode(bytes, 'CERTIFICATE REQUEST');
}

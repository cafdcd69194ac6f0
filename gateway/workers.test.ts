import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { verifyIdentity } from '@muster/api-http';
import { type Authority, createAuthority, createEnrolmentToken, enrol, issueServerCertificate } from '@muster/workers';
import * as x509 from '@peculiar/x509';
import { WebSocket } from 'ws';
import { bearer, type Harness, someone, startHarness } from './testing.ts';

const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

interface Client {
  cert: string;
  key: string;
}

let harness: Harness;
let authority: Authority;
let worker: Client & { id: string; organizationId: string };
let apiKey: string;
beforeAll(async () => {
  authority = await createAuthority('Muster test');
  const server = await issueServerCertificate(authority, ['localhost', '127.0.0.1']);
  harness = await startHarness({
    MUSTER_GATEWAY_WORKERS_CERTIFICATE: server.certificatePem,
    MUSTER_GATEWAY_WORKERS_KEY: server.privateKeyPem,
    MUSTER_CA_CERTIFICATE: authority.certificatePem,
  });
  worker = await enrolled(authority);
});
afterAll(async () => harness[Symbol.asyncDispose]());

/** A machine that has joined by a token, its certificate signed by this authority. */
async function enrolled(by: Authority): Promise<typeof worker> {
  const { context } = harness;
  const { actor, organizationId, key: secret } = await someone(context);
  apiKey = secret;
  await context.db
    .insertInto('pool')
    .values({
      id: context.ids.next('pool'),
      organization_id: organizationId,
      name: organizationId,
      region: 'eu-central',
      country: 'DE',
      kind: 'community',
      kubeconfig_encrypted: Buffer.alloc(0),
      created_at: new Date(),
    })
    .execute();
  const { token } = await createEnrolmentToken(context, actor, { country: 'DE' });
  const keys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
  const csr = await x509.Pkcs10CertificateRequestGenerator.create({
    name: 'CN=anything',
    keys,
    signingAlgorithm: keyAlgorithm,
  });
  const { workerId, certificate } = await enrol(
    context,
    { authority: by, connectUrl: 'wss://localhost' },
    {
      token,
      csr: csr.toString('pem'),
      facts: { hostname: 'm', cpuModel: 'CPU', cpuCores: 4, memoryBytes: 8e9, diskBytes: 1e11, gpus: [] },
    },
  );
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    id: workerId,
    organizationId,
    cert: certificate,
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
  };
}

interface Answer {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  json: any;
}

function askByTls(path: string, method: string, client?: Client, headers: Record<string, string> = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const port = harness.gateway.workersPort!;
    const options = { port, path, method, headers, ca: authority.certificatePem, agent: false as const, ...client };
    const request = httpsRequest({ host: 'localhost', ...options }, async (response) => {
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      resolve({ status: response.statusCode!, json: text ? JSON.parse(text) : undefined });
    });
    request.on('error', reject).end();
  });
}

const connectTo = (path: string, client?: Client) =>
  new WebSocket(`wss://localhost:${harness.gateway.workersPort}${path}`, { ca: authority.certificatePem, ...client });

describe('the listener of the agents', () => {
  test('an enrolled machine connects as its worker, to the node-bridge', async () => {
    const socket = connectTo('/private/v1/agent/connect', worker);
    await once(socket, 'open');
    socket.send('hello');
    expect(String((await once(socket, 'message'))[0])).toBe('hello');
    const { headers, service } = harness.reached.at(-1)!;
    expect(service).toBe('node_bridge');
    const { actor } = await verifyIdentity(
      headers['x-muster-identity'] as string,
      harness.identityPublicKey,
      new Date(),
    );
    expect(actor).toEqual({
      id: worker.id,
      kind: 'worker',
      organizationId: worker.organizationId,
      scopes: new Set(['agent:connect']),
    });
    socket.close();
    await once(socket, 'close');
  });

  test('it renews its certificate, and a machine without one may only enrol', async () => {
    expect(await askByTls('/private/v1/certificates/renew', 'POST', worker)).toMatchObject({
      status: 200,
      json: { service: 'private' },
    });
    expect((await askByTls('/private/v1/enrolments', 'POST')).status).toBe(200);
    expect((await askByTls('/private/v1/certificates/renew', 'POST')).status).toBe(401);
    const socket = connectTo('/private/v1/agent/connect');
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(401);
  });

  test.each(['/v1/offers', '/private/v1/workers', '/internal/v1/workers', '/'])(
    'nothing else is there: %s',
    async (path) => {
      expect((await askByTls(path, 'GET', worker)).status).toBe(404);
    },
  );

  test('a certificate of another authority, though it names a worker of ours, is refused', async () => {
    const before = harness.reached.length;
    const stranger = await enrolled(await createAuthority('Muster test'));
    expect(await askByTls('/private/v1/certificates/renew', 'POST', stranger)).toMatchObject({
      status: 401,
      json: { code: 'unauthenticated' },
    });
    expect(harness.reached).toHaveLength(before);
  });

  test('a certificate that was replaced is refused', async () => {
    const old = await enrolled(authority);
    await harness.context.db
      .updateTable('worker')
      .set({ certificate_serial: 'another' })
      .where('id', '=', old.id)
      .execute();
    expect((await askByTls('/private/v1/certificates/renew', 'POST', old)).status).toBe(401);
  });

  test('other credentials are not taken here', async () => {
    const answer = await askByTls('/private/v1/certificates/renew', 'POST', undefined, bearer(apiKey));
    expect(answer.status).toBe(401);
  });
});

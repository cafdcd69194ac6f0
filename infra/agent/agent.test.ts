// x509's container of parts needs it before anything else.
import 'reflect-metadata';
import { randomUUID, webcrypto, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger, ManualClock } from '@muster/common';
import { type Authority, createAuthority, issueServerCertificate } from '@muster/workers';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { type WebSocket, WebSocketServer } from 'ws';
import { Agent, reconnectDelayMs } from './agent.ts';
import type { EngineInfo } from './engine.ts';
import { enrol } from './enrolment.ts';
import { gatherFacts } from './facts.ts';
import { createKeyAndRequest, loadIdentity, prepareState, saveIdentity } from './identity.ts';
import { type AgentFrame, type Facts, factsSchema, parseAgentFrame, silenceMs } from './protocol.ts';
import { testEngine } from './testing.ts';

let engineInfo: EngineInfo;
let facts: Facts;
let authority: Authority;
const folder = mkdtempSync(join(tmpdir(), 'muster-agent-'));
const cleanUps: (() => unknown)[] = [];

beforeAll(async () => {
  engineInfo = await testEngine();
  await prepareState(folder);
  facts = await gatherFacts(engineInfo, folder);
  authority = await createAuthority('test');
});
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function listen(server: {
  listen(port: number, host: string): unknown;
  address(): unknown;
  close(): unknown;
}): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server as Server, 'listening');
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** The gateway's listener for workers: only certificates of this authority get in. */
async function gateway(by: Authority) {
  const { certificatePem, privateKeyPem } = await issueServerCertificate(by, ['127.0.0.1']);
  const server = createHttps({
    cert: certificatePem,
    key: privateKeyPem,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
  });
  const sockets = new WebSocketServer({ server });
  const frames: AgentFrame[] = [];
  const clients: { socket: WebSocket; name: string; serial: string }[] = [];
  sockets.on('connection', (socket, request) => {
    const { subject, serialNumber } = (request.socket as TLSSocket).getPeerCertificate();
    clients.push({ socket, name: String(subject.CN), serial: serialNumber });
    socket.on('message', (data, binary) => {
      if (!binary) frames.push(parseAgentFrame(data.toString()));
    });
  });
  cleanUps.push(() => {
    for (const { socket } of clients) socket.terminate();
    server.closeAllConnections();
  });
  return { url: `wss://127.0.0.1:${await listen(server)}`, frames, clients };
}

/** A worker's certificate for a year, as the platform signs it. */
async function issueClientCertificate(name: string, from: Date, csr?: string) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.privateKeyPem),
    algorithm,
    false,
    ['sign'],
  );
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: new x509.X509Certificate(authority.certificatePem).subject,
    notBefore: from,
    notAfter: new Date(from.getTime() + 365 * 86_400_000),
    publicKey: csr ? new x509.Pkcs10CertificateRequest(csr).publicKey : keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
  });
  const privateKeyPem = x509.PemConverter.encode(
    await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
    'PRIVATE KEY',
  );
  return { certificatePem: certificate.toString('pem'), privateKeyPem };
}

async function agentAt(connectUrl: string, clock = new ManualClock(new Date())) {
  const workerId = `wrk_${randomUUID()}`;
  const { certificatePem, privateKeyPem } = await issueClientCertificate(workerId, clock.now());
  const identity = {
    workerId,
    connectUrl,
    key: privateKeyPem,
    certificate: certificatePem,
    caCertificate: authority.certificatePem,
  };
  await saveIdentity(folder, identity);
  const agent = new Agent({
    identity,
    engineInfo,
    facts,
    folder,
    clock,
    log: createLogger('test', 'silent'),
    random: () => 0,
  });
  const abort = new AbortController();
  const running = agent.run(abort.signal);
  cleanUps.push(() => {
    abort.abort();
    return running;
  });
  return { workerId, agent };
}

async function until<T>(find: () => T | undefined | false): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('It did not happen in 10 s.');
}

describe('enrolment', () => {
  async function platform(status: number, body: object, tls?: { cert: string; key: string }) {
    const asked: { path: string; body: { token: string; csr: string; facts: unknown } }[] = [];
    const handler = async (
      request: AsyncIterable<Buffer> & { url?: string },
      response: { writeHead(status: number): { end(text: string): void } },
    ) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      asked.push({ path: request.url ?? '', body: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(status).end(JSON.stringify(body));
    };
    const port = await listen(tls ? createHttps(tls, handler) : createHttp(handler));
    return { url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`, asked };
  }
  const answer = { workerId: 'wrk_1', certificate: 'c', caCertificate: 'ca', connectUrl: 'wss://127.0.0.1:1/' };

  test('sends the token, the facts and a request that its own key has signed; the key stays', async () => {
    const { url, asked } = await platform(201, answer);
    const identity = await enrol(url, 'single-use', facts);
    expect(identity).toMatchObject({ ...answer, key: expect.stringContaining('PRIVATE KEY') });
    const { path, body } = asked[0]!;
    expect(path).toBe('/private/v1/enrolments');
    expect(body.token).toBe('single-use');
    expect(factsSchema.parse(body.facts)).toEqual(facts);
    expect(await new x509.Pkcs10CertificateRequest(body.csr).verify()).toBe(true);
    expect(JSON.stringify(body)).not.toContain('PRIVATE KEY');
    await saveIdentity(folder, identity);
    expect(statSync(join(folder, 'identity.json')).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(await loadIdentity(folder)).toEqual(identity);
  });

  test('a refusal is told in the platform’s own words, with its fix', async () => {
    const { url } = await platform(410, {
      title: 'It is no longer valid',
      detail: 'The enrolment token has expired.',
      fix: 'Make a new one.',
    });
    await expect(enrol(url, 'old', facts)).rejects.toThrow('The enrolment token has expired. Make a new one.');
  });

  test('a platform with another certificate never sees the token', async () => {
    const { certificatePem, privateKeyPem } = await issueServerCertificate(authority, ['127.0.0.1']);
    const { url, asked } = await platform(201, answer, { cert: certificatePem, key: privateKeyPem });
    await expect(enrol(url, 'token', facts)).rejects.toThrow();
    await expect(enrol(url, 'token', facts, { caFingerprint: 'ab'.repeat(32) })).rejects.toThrow('another certificate');
    expect(asked).toEqual([]);
    const caFile = join(folder, 'ca.pem');
    writeFileSync(caFile, authority.certificatePem);
    await enrol(url, 'token', facts, { caFile });
    await enrol(url, 'token', facts, { caFingerprint: new X509Certificate(certificatePem).fingerprint256 });
    expect(asked).toHaveLength(2);
  });
});

describe('the connection', () => {
  test('shows the worker’s certificate, says hello and is heard', async () => {
    const { url, frames, clients } = await gateway(authority);
    const { workerId } = await agentAt(url);
    await until(() => frames.some(({ type }) => type === 'heartbeat'));
    expect(clients[0]?.name).toBe(workerId);
    expect(frames[0]).toMatchObject({ type: 'hello', facts: { cpuCores: facts.cpuCores } });
  });

  test('is never made to a platform of another authority', async () => {
    const { url, clients } = await gateway(await createAuthority('impostor'));
    await agentAt(url);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(clients).toEqual([]);
  });

  test('comes back when it is cut off', async () => {
    const { url, clients } = await gateway(authority);
    await agentAt(url);
    (await until(() => clients[0])).socket.terminate();
    await until(() => clients[1]);
  });

  test('a certificate is renewed after two thirds of its life, with a new key, and used from then on', async () => {
    const { url, frames, clients } = await gateway(authority);
    // A year's certificate, made 300 days ago.
    const { workerId } = await agentAt(url, new ManualClock(new Date(Date.now() - 300 * 86_400_000)));
    const first = await until(() => clients[0]);
    await until(() => frames.some(({ type }) => type === 'heartbeat'));
    expect(frames.some(({ type }) => type === 'certificate.renew')).toBe(false);
    for (const cleanUp of cleanUps.splice(-1)) await cleanUp();
    const before = await loadIdentity(folder);
    const clock = new ManualClock(new Date());
    const agent = new Agent({
      identity: before,
      engineInfo,
      facts,
      folder,
      clock,
      log: createLogger('test', 'silent'),
      random: () => 0,
    });
    const abort = new AbortController();
    const running = agent.run(abort.signal);
    cleanUps.push(() => {
      abort.abort();
      return running;
    });
    const { csr } = await until(() => frames.find((frame) => frame.type === 'certificate.renew'));
    expect(await new x509.Pkcs10CertificateRequest(csr).verify()).toBe(true);
    const fresh = await issueClientCertificate(workerId, new Date(), csr);
    const { socket } = clients.at(-1)!;
    socket.send(JSON.stringify({ type: 'certificate.renewed', certificate: fresh.certificatePem }));
    const after = await until(() => {
      const saved = JSON.parse(readFileSync(join(folder, 'identity.json'), 'utf8')) as typeof before;
      return saved.certificate !== before.certificate && saved;
    });
    expect(after.certificate).toBe(fresh.certificatePem);
    expect(after.key).not.toBe(before.key);
    expect(first.name).toBe(workerId);
    const known = clients.length;
    socket.terminate();
    const next = await until(() => clients[known]);
    expect(next.serial.toLowerCase()).toBe(new X509Certificate(fresh.certificatePem).serialNumber.toLowerCase());
  });

  test('reconnects wait longer each time, spread by chance, and never until the worker counts as down', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const delayMs = reconnectDelayMs(failures, random);
        expect(delayMs).toBeGreaterThanOrEqual(200);
        expect(delayMs).toBeLessThan(silenceMs / 2);
      }),
    );
    expect(reconnectDelayMs(3, 1)).toBe(8_200);
  });

  test('two keys are never the same', async () => {
    expect((await createKeyAndRequest('a')).key).not.toBe((await createKeyAndRequest('a')).key);
  });
});

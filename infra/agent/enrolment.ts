/** Enrolment: a single-use token and a certificate request go out, a worker's identity comes back. */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { type DetailedPeerCertificate, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { z } from 'zod';
import { createKeyAndRequest, type Identity } from './identity.ts';
import { type EnrolmentAnswer, enrolmentAnswerSchema, type Facts } from './protocol.ts';

/** How the gateway's certificate is checked, when no public authority signed it. */
export interface Trust {
  caFile?: string;
  /** SHA-256 of a certificate in the gateway's chain, in hex, colons allowed. */
  caFingerprint?: string;
}

/**
 * Enrols this machine.
 *
 * @param url the gateway's address, such as `https://muster.example`
 * @throws Error with the platform's own sentence when it refuses the token
 */
export async function enrol(url: string, token: string, facts: Facts, trust: Trust = {}): Promise<Identity> {
  const { key, csr } = await createKeyAndRequest(facts.hostname);
  const answer = await post(new URL('/private/v1/enrolments', url), { token, csr, facts }, trust);
  return {
    workerId: answer.workerId,
    connectUrl: answer.connectUrl,
    key,
    certificate: answer.certificate,
    caCertificate: answer.caCertificate,
  };
}

const problemSchema = z.object({ title: z.string(), detail: z.string().optional(), fix: z.string().optional() });

async function post(url: URL, body: unknown, trust: Trust): Promise<EnrolmentAnswer> {
  const payload = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) };
  const options = { method: 'POST', headers, ...(url.protocol === 'https:' && (await tlsOptions(url, trust))) };
  const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(url, options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    request.setTimeout(30_000, () => request.destroy(new Error(`${url.host} does not answer.`)));
    request.once('error', reject).end(payload);
  });
  const json: unknown = await Promise.resolve(text)
    .then(JSON.parse)
    .catch(() => undefined);
  if (status >= 200 && status < 300) return enrolmentAnswerSchema.parse(json);
  const problem = problemSchema.safeParse(json).data;
  throw new Error(
    `The platform refused (${status}): ${problem ? [problem.detail ?? problem.title, problem.fix].filter(Boolean).join(' ') : url.host}`,
  );
}

async function tlsOptions(url: URL, trust: Trust): Promise<{ ca?: Buffer; createConnection?: () => TLSSocket }> {
  if (trust.caFingerprint) {
    const socket = await connectPinned(url, trust.caFingerprint);
    return { createConnection: () => socket };
  }
  return trust.caFile ? { ca: await readFile(trust.caFile) } : {};
}

/** A TLS connection whose chain has the certificate with this fingerprint; nothing is sent before that is known. */
function connectPinned(url: URL, fingerprint: string): Promise<TLSSocket> {
  const wanted = fingerprint.replaceAll(':', '').toLowerCase();
  return new Promise((resolve, reject) => {
    const socket = tlsConnect(
      {
        host: url.hostname,
        port: Number(url.port || 443),
        rejectUnauthorized: false,
        ...(isIP(url.hostname) === 0 && { servername: url.hostname }),
      },
      () => {
        if (chainOf(socket.getPeerCertificate(true)).includes(wanted)) return resolve(socket);
        socket.destroy();
        reject(new Error(`${url.host} shows another certificate than the one asked for.`));
      },
    );
    socket.once('error', reject);
  });
}

/** Fingerprints of the chain from the leaf up, as far as each certificate really signed the one before. */
function chainOf(leaf: DetailedPeerCertificate): string[] {
  const fingerprints: string[] = [];
  let current = leaf;
  for (;;) {
    fingerprints.push(current.fingerprint256.replaceAll(':', '').toLowerCase());
    const issuer = current.issuerCertificate;
    if (!issuer || issuer === current || issuer.fingerprint256 === current.fingerprint256) return fingerprints;
    if (!new X509Certificate(current.raw).verify(new X509Certificate(issuer.raw).publicKey)) return fingerprints;
    current = issuer;
  }
}

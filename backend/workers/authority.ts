/** The platform's certificate authority: it signs workers' certificates, and those of the listeners that workers dial. */
// x509's container of parts needs it before anything else
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import { DomainError, dayMs, minuteMs } from '@muster/common';
import * as x509 from '@peculiar/x509';
import { z } from 'zod';

x509.cryptoProvider.set(webcrypto);
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Authority {
  certificatePem: string;
  /** PKCS #8. */
  privateKeyPem: string;
}

/** `MUSTER_CA_CERTIFICATE` and `MUSTER_CA_KEY`: the authority's certificate and key as PEM text. */
export const authorityConfig = {
  MUSTER_CA_CERTIFICATE: z.string().startsWith('-----BEGIN CERTIFICATE-----'),
  MUSTER_CA_KEY: z.string().startsWith('-----BEGIN PRIVATE KEY-----'),
};

export interface IssuedCertificate {
  certificatePem: string;
  /** Lower-case hex. */
  serial: string;
}

/** How long a worker's certificate is valid; agents renew after two thirds of it. */
export const workerCertificateDays = 30;
/** A worker's clock may be behind by this much and still accept a fresh certificate. */
const backdatedMs = 5 * minuteMs;

/** A new authority for ten years, in whose name workers are admitted. */
export async function createAuthority(name: string, now = new Date()): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: newSerial(),
    name: [{ CN: [name] }],
    ...validity(now, 3650),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), privateKeyPem: await exportKey(keys.privateKey) };
}

/** A key and certificate for a TLS listener that is reached under these host names and addresses, for a year. */
export async function issueServerCertificate(
  authority: Authority,
  names: string[],
  now = new Date(),
): Promise<{ certificatePem: string; privateKeyPem: string }> {
  const keys = await generateKeys();
  const { certificatePem } = await issue(authority, {
    commonName: names[0] ?? 'muster',
    publicKey: keys.publicKey,
    usage: x509.ExtendedKeyUsage.serverAuth,
    names,
    days: 365,
    now,
  });
  return { certificatePem, privateKeyPem: await exportKey(keys.privateKey) };
}

/**
 * A worker's client certificate for the key of a PKCS #10 request. The platform decides the subject: the request's is ignored.
 *
 * @param csr PEM, ECDSA P-256 or RSA of at least 2048 bits
 * @throws DomainError `invalid_request` when it is not a request, its key is weak, or its signature is not by its key
 */
export async function issueWorkerCertificate(
  authority: Authority,
  workerId: string,
  csr: string,
  now: Date,
): Promise<IssuedCertificate> {
  return issue(authority, {
    commonName: workerId,
    publicKey: await keyOfRequest(csr),
    usage: x509.ExtendedKeyUsage.clientAuth,
    names: [],
    days: workerCertificateDays,
    now,
  });
}

async function keyOfRequest(csr: string): Promise<x509.PublicKey> {
  try {
    const request = new x509.Pkcs10CertificateRequest(csr);
    if (!strong(request.publicKey)) throw new Error('weak key');
    if (!(await request.verify())) throw new Error('wrong signature');
    return request.publicKey;
  } catch (cause) {
    throw new DomainError(
      'invalid_request',
      'The certificate request is malformed, weak, or not signed by its own key.',
      {
        fix: 'Send a PKCS #10 request in PEM for an ECDSA P-256 key; `muster-agent join` makes one.',
        cause,
      },
    );
  }
}

function strong({ algorithm: key }: x509.PublicKey): boolean {
  if ('namedCurve' in key) return ['P-256', 'P-384', 'P-521'].includes(String(key.namedCurve));
  return 'modulusLength' in key && Number(key.modulusLength) >= 2048;
}

async function issue(
  authority: Authority,
  subject: {
    commonName: string;
    publicKey: x509.PublicKey | webcrypto.CryptoKey;
    usage: x509.ExtendedKeyUsage;
    names: string[];
    days: number;
    now: Date;
  },
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.privateKeyPem),
    algorithm,
    false,
    ['sign'],
  );
  const serial = newSerial();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial,
    subject: [{ CN: [subject.commonName] }],
    issuer: issuer.subject,
    ...validity(subject.now, subject.days),
    publicKey: subject.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([subject.usage]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(subject.names.length > 0
        ? [
            new x509.SubjectAlternativeNameExtension(
              subject.names.map((name) => ({ type: isIP(name) ? 'ip' : 'dns', value: name })),
            ),
          ]
        : []),
    ],
  });
  return { certificatePem: certificate.toString('pem'), serial };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function validity(now: Date, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now.getTime() - backdatedMs), notAfter: new Date(now.getTime() + days * dayMs) };
}

/** 16 random bytes, the first bit clear so that the number is positive and is written as it is. */
function newSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** A certificate authority of the stack's own and the certificates that it signs, as PEM files of mode 0600. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { writePrivate } from './stack.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const yearMs = 365 * 24 * 3_600_000;

export interface KeyPair {
  certificatePath: string;
  keyPath: string;
}

export interface CertificateRequest {
  commonName: string;
  organization?: string;
  /** Names and addresses that a server's certificate is for. */
  names?: string[];
  usage: ('server' | 'client')[];
}

/** The authority in `folder` (`ca.crt`, `ca.key`), made at first use. */
export async function ensureAuthority(folder: string, commonName: string): Promise<KeyPair> {
  const pair = pairIn(folder, 'ca');
  if (existsSync(pair.certificatePath)) return pair;
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 10 * yearMs),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await writeKey(pair.keyPath, keys.privateKey);
  writePrivate(pair.certificatePath, certificate.toString('pem'));
  return pair;
}

/** A certificate signed by the authority in `folder`, made at first use as `<name>.crt` and `<name>.key`. */
export async function ensureCertificate(folder: string, name: string, request: CertificateRequest): Promise<KeyPair> {
  const pair = pairIn(folder, name);
  if (existsSync(pair.certificatePath)) return pair;
  const authority = pairIn(folder, 'ca');
  const issuer = new x509.X509Certificate(readFileSync(authority.certificatePath, 'utf8'));
  const keys = await generateKeys();
  const usages = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };
  const certificate = await x509.X509CertificateGenerator.create({
    subject: `${request.organization ? `O=${request.organization}, ` : ''}CN=${request.commonName}`,
    issuer: issuer.subject,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 5 * yearMs),
    publicKey: keys.publicKey,
    signingKey: await readKey(authority.keyPath),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(request.usage.map((usage) => usages[usage])),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(request.names ? [new x509.SubjectAlternativeNameExtension(request.names.map(generalName))] : []),
    ],
  });
  await writeKey(pair.keyPath, keys.privateKey);
  writePrivate(pair.certificatePath, certificate.toString('pem'));
  return pair;
}

/** Loopback and the machine's own addresses. */
export function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return [...new Set(['127.0.0.1', ...all.filter(({ family }) => family === 'IPv4').map(({ address }) => address)])];
}

function generalName(value: string): { type: 'ip' | 'dns'; value: string } {
  return { type: /^[\d.]+$/.test(value) ? 'ip' : 'dns', value };
}

function pairIn(folder: string, name: string): KeyPair {
  return { certificatePath: join(folder, `${name}.crt`), keyPath: join(folder, `${name}.key`) };
}

/** A key pair without a certificate (`<name>.key`, `<name>.pub`), made at first use: it signs service account tokens. */
export async function ensureKeys(folder: string, name: string): Promise<{ publicPath: string; keyPath: string }> {
  const paths = { publicPath: join(folder, `${name}.pub`), keyPath: join(folder, `${name}.key`) };
  if (existsSync(paths.publicPath)) return paths;
  const keys = await generateKeys();
  await writeKey(paths.keyPath, keys.privateKey);
  const der = await webcrypto.subtle.exportKey('spki', keys.publicKey);
  writePrivate(paths.publicPath, x509.PemConverter.encode(der, 'PUBLIC KEY'));
  return paths;
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

async function writeKey(path: string, key: webcrypto.CryptoKey): Promise<void> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key);
  writePrivate(path, x509.PemConverter.encode(der, 'PRIVATE KEY'));
}

function readKey(path: string): Promise<webcrypto.CryptoKey> {
  const der = x509.PemConverter.decodeFirst(readFileSync(path, 'utf8'));
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']);
}

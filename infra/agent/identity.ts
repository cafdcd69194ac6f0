/** Who this worker is: a key made here that never leaves, the certificate that the platform signed for it, and where they lie. */
// x509's container of parts needs it before anything else.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cryptoProvider, PemConverter, Pkcs10CertificateRequestGenerator, X509Certificate } from '@peculiar/x509';
import { z } from 'zod';

cryptoProvider.set(webcrypto);
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

const identitySchema = z.object({
  workerId: z.string(),
  connectUrl: z.string(),
  key: z.string(),
  certificate: z.string(),
  caCertificate: z.string(),
});
export type Identity = z.infer<typeof identitySchema>;

/** A new ECDSA P-256 key (PKCS #8 PEM) and a PKCS #10 request for it (PEM). The platform decides the subject. */
export async function createKeyAndRequest(name: string): Promise<{ key: string; csr: string }> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: algorithm,
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { key, csr: csr.toString('pem') };
}

/** When to ask for a new certificate: after two thirds of its life, so that a third is left for retries. */
export function renewalTime(certificate: string): Date {
  const { notBefore, notAfter } = new X509Certificate(certificate);
  return new Date(notBefore.getTime() + ((notAfter.getTime() - notBefore.getTime()) * 2) / 3);
}

/** Makes the state folder, readable by its owner alone. */
export async function prepareState(folder: string): Promise<void> {
  await mkdir(join(folder, 'pods'), { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

/** One file, replaced by rename: key and certificate always belong together, also after a crash. */
export async function saveIdentity(folder: string, identity: Identity): Promise<void> {
  await writeWhole(join(folder, 'identity.json'), JSON.stringify(identity, null, 2));
}

/** @throws Error when this folder never enrolled */
export async function loadIdentity(folder: string): Promise<Identity> {
  const file = join(folder, 'identity.json');
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new Error(`${file} cannot be read: run \`muster-agent join\` first.`, { cause });
  });
  return identitySchema.parse(JSON.parse(text));
}

/** Writes a file of mode 0600 so that a reader sees all of it or none. */
export async function writeWhole(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

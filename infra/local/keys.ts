/** The secrets that the platform's processes share: made once per stack, kept in `secrets/` with mode 0600. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority, issueServerCertificate } from '@muster/workers';
import { type Stack, secret, writePrivate } from './stack.ts';

export interface Keys {
  /** Ed25519, PEM: the gateway signs with it who calls. */
  identityPrivate: string;
  identityPublic: string;
  /** Signs cookies and access tokens. */
  session: string;
  /** 32 bytes in base64: encrypts the pools' credentials at rest. */
  secrets: string;
  /** The platform's authority, which admits workers. */
  authorityCertificate: string;
  authorityKey: string;
  /** Of the listener that agents dial. */
  workersCertificate: string;
  workersKey: string;
}

/** Reads the keys of the stack, and makes those that are not there yet. */
export async function ensureKeys(stack: Stack): Promise<Keys> {
  const file = (name: string) => join(stack.home, 'secrets', name);
  const read = (name: string) => readFileSync(file(name), 'utf8');
  if (!existsSync(file('identity.key'))) {
    const { privateKey } = generateKeyPairSync('ed25519');
    writePrivate(file('identity.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  }
  if (!existsSync(file('workers.key'))) {
    const authority = await createAuthority('Muster on this machine');
    const listener = await issueServerCertificate(authority, ['localhost', '127.0.0.1']);
    writePrivate(file('authority.crt'), authority.certificatePem);
    writePrivate(file('authority.key'), authority.privateKeyPem);
    writePrivate(file('workers.crt'), listener.certificatePem);
    writePrivate(file('workers.key'), listener.privateKeyPem); // Last: its being there means that all are.
  }
  const identityPrivate = read('identity.key');
  return {
    identityPrivate,
    identityPublic: createPublicKey(identityPrivate).export({ type: 'spki', format: 'pem' }).toString(),
    session: secret(stack, 'session', 32),
    secrets: Buffer.from(secret(stack, 'secrets', 32), 'hex').toString('base64'),
    authorityCertificate: read('authority.crt'),
    authorityKey: read('authority.key'),
    workersCertificate: read('workers.crt'),
    workersKey: read('workers.key'),
  };
}

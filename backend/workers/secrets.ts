/** Secrets at rest: AES-256-GCM with a key that is not in the database, bound to what the secret belongs to. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DomainError } from '@muster/common';
import { z } from 'zod';

const format = 1;
const ivBytes = 12;
const tagBytes = 16;

/** `MUSTER_SECRETS_KEY`: 32 random bytes in base64, such as `openssl rand -base64 32` prints. */
export const secretsConfig = {
  MUSTER_SECRETS_KEY: z
    .base64()
    .transform((text) => Buffer.from(text, 'base64'))
    .refine((key) => key.length === 32, 'must be 32 bytes in base64'),
};

/**
 * Encrypts a secret.
 *
 * @param key 32 bytes
 * @param owner the id of what it belongs to: it cannot be decrypted as another's
 */
export function encryptSecret(key: Buffer, secret: string, owner: string): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  return Buffer.concat([Buffer.of(format), iv, cipher.getAuthTag(), sealed]);
}

/** @throws DomainError `internal` when the key is another, or the bytes were changed or belong to another owner */
export function decryptSecret(key: Buffer, sealed: Buffer, owner: string): string {
  try {
    if (sealed[0] !== format) throw new Error('unknown format');
    const iv = sealed.subarray(1, 1 + ivBytes);
    const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes })
      .setAAD(Buffer.from(owner))
      .setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(1 + ivBytes + tagBytes)), decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new DomainError('internal', `The secret of ${owner} cannot be decrypted.`, {
      fix: 'Start the process with the MUSTER_SECRETS_KEY that it was encrypted with.',
      cause,
    });
  }
}

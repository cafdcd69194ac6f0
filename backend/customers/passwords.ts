/** Passwords: argon2id, and the same time for an email that nobody has. */
import { randomBytes } from 'node:crypto';
import { DomainError } from '@muster/common';
import { hash, verify } from '@node-rs/argon2';

/** NIST SP 800-63B asks for 8 at least; 12 leaves room for passwords that are not random. */
const minLength = 12;
/** A longer one only costs time to hash. */
const maxLength = 200;

/**
 * The library's defaults are argon2id with 19 MiB and 2 passes, OWASP's recommendation.
 *
 * @throws DomainError `invalid_request` when the password is too short or too long
 */
export async function hashPassword(password: string): Promise<string> {
  if (password.length < minLength || password.length > maxLength) {
    throw new DomainError('invalid_request', `A password has ${minLength} to ${maxLength} characters.`);
  }
  return hash(password);
}

let nobodys: Promise<string> | undefined;

/** Whether the password is the one of the hash; without a hash the same work is done, and the answer is no. */
export async function matchesPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  nobodys ??= hash(randomBytes(32).toString('hex'));
  const matches = await verify(passwordHash ?? (await nobodys), password.slice(0, maxLength));
  return matches && passwordHash !== undefined;
}

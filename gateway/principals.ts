/**
 * Credentials to principals, remembered for two seconds: what is revoked stops within that time, and a client that sends many
 * requests costs one look-up per two seconds.
 */
import { DomainError, isDomainError } from '@muster/common';
import { authenticateApiKey, authenticateSession, hashApiKey } from '@muster/customers';
import type { Context } from '@muster/db';
import { authenticateWorker } from '@muster/workers';
import { LRUCache } from 'lru-cache';
import { type Principal, unavailable } from './seen.ts';

const rememberedMs = 2_000;
const remembered = 20_000;

type Lookup = () => Promise<Principal | undefined>;
/** A wrapper, because a cache holds no undefined: that a credential is wrong is remembered too. */
type Found = { principal: Principal | undefined };

export class Principals {
  #context: Context;
  #cache = new LRUCache<string, Found, Lookup>({
    max: remembered,
    ttl: rememberedMs,
    fetchMethod: async (_key, _stale, { context: lookup }) => ({ principal: await lookup() }),
  });

  constructor(context: Context) {
    this.#context = context;
  }

  /** @throws DomainError `unavailable` when Postgres cannot tell; so do all here */
  byApiKey(key: string): Promise<Principal | undefined> {
    // Only the hash is kept in memory.
    const hash = hashApiKey(key);
    return this.#find(`hash:${hash}`, async () => {
      const actor = await authenticateApiKey(this.#context, { hash });
      return actor && { actor, credential: 'api_key', credentialId: actor.id };
    });
  }

  bySession(id: string): Promise<Principal | undefined> {
    return this.#find(id, async () => {
      const actor = await authenticateSession(this.#context, id);
      return actor && { actor, credential: 'session', credentialId: id };
    });
  }

  /** Of an access token, which lives no longer than the session or API key that it was given for. */
  async byAccessToken(credentialId: string): Promise<Principal | undefined> {
    const principal = credentialId.startsWith('ses_')
      ? await this.bySession(credentialId)
      : await this.#find(credentialId, async () => {
          const actor = await authenticateApiKey(this.#context, { id: credentialId });
          return actor && { actor, credential: 'api_key', credentialId };
        });
    return principal && { ...principal, credential: 'access_token' };
  }

  byCertificate(certificate: { commonName: string; serial: string }): Promise<Principal | undefined> {
    return this.#find(`certificate:${certificate.serial}:${certificate.commonName}`, async () => {
      try {
        const actor = await authenticateWorker(this.#context, certificate);
        return { actor, credential: 'certificate', credentialId: certificate.serial };
      } catch (error) {
        if (isDomainError(error, 'unauthenticated')) return undefined;
        throw error;
      }
    });
  }

  /** Whether a session or API key is still good for all that it was when it was found. */
  async holds({ actor, credentialId }: Principal): Promise<boolean> {
    const now = (await this.byAccessToken(credentialId))?.actor;
    if (now?.organizationId !== actor.organizationId) return false;
    return [...actor.scopes].every((scope) => now.scopes.has(scope));
  }

  /** Forgets a session that has changed here. */
  forget(sessionId: string): void {
    this.#cache.delete(sessionId);
  }

  async #find(key: string, lookup: Lookup): Promise<Principal | undefined> {
    try {
      return (await this.#cache.forceFetch(key, { context: lookup })).principal;
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw unavailable('The credentials cannot be checked just now.', 'Try again in a few seconds.', error);
    }
  }
}

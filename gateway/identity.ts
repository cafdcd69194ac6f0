/** The word of the gateway on who calls: a signed token, made anew for an actor every 30 seconds. */
import type { KeyObject } from 'node:crypto';
import { signIdentity } from '@muster/api-http';
import { type Actor, visitor } from '@muster/common';
import type { Context } from '@muster/db';
import { LRUCache } from 'lru-cache';
import type { Seen } from './seen.ts';

/** Half of a token's life, so that one that is sent is good for as long again. */
const reusedMs = 30_000;

export class Identities {
  #tokens = new LRUCache<string, Promise<string>>({ max: 20_000, ttl: reusedMs });
  #clock: Context['clock'];
  #key: KeyObject;

  constructor({ clock }: Pick<Context, 'clock'>, key: KeyObject) {
    this.#clock = clock;
    this.#key = key;
  }

  /**
   * The token of whoever makes this request. It names the request that it was first made for; the header `x-request-id` names
   * this one.
   */
  of({ principal, requestId }: Pick<Seen, 'principal' | 'requestId'>): Promise<string> {
    const actor = principal?.actor ?? visitor;
    const key = keyOf(actor);
    const known = this.#tokens.get(key);
    if (known) return known;
    const token = signIdentity({ actor, requestId }, this.#key, this.#clock.now());
    this.#tokens.set(key, token);
    return token;
  }
}

/** Another organization or other scopes are another token. */
const keyOf = ({ id, organizationId, scopes }: Actor) => `${id} ${organizationId} ${[...scopes].join()}`;

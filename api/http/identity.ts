/**
 * Who calls, between processes: the gateway signs it, the APIs and the orchestrator's streams trust nothing else.
 * A JWT of Ed25519 that lives for a minute at most.
 */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { type Actor, DomainError, type Scope, scopes } from '@muster/common';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** The header that carries it; the gateway drops one that comes from outside. */
export const identityHeader = 'x-muster-identity';

const issuer = 'gateway';
const audience = 'muster-api';
const algorithm = 'EdDSA';
const lifetimeSeconds = 60;

export interface Identity {
  actor: Actor;
  /** The request's id, given by the gateway: in every log line, message and problem that comes of it. */
  requestId: string;
}

/** Whoever verifies has the public key, and only the gateway the private one; both PEM. */
export const identityVerifierConfig = { MUSTER_IDENTITY_PUBLIC_KEY: z.string().transform(key(createPublicKey)) };
export const identitySignerConfig = { MUSTER_IDENTITY_PRIVATE_KEY: z.string().transform(key(createPrivateKey)) };

function key(create: (pem: string) => KeyObject) {
  return (pem: string, context: z.RefinementCtx): KeyObject => {
    try {
      const made = create(pem);
      if (made.asymmetricKeyType === 'ed25519') return made;
    } catch {
      // The same to whoever set it: it is told below, without showing the value.
    }
    context.addIssue({ code: 'custom', message: 'must be an Ed25519 key in PEM' });
    return z.NEVER;
  };
}

/** Signs who calls. `now` is the server's (invariant 12). */
export function signIdentity({ actor, requestId }: Identity, privateKey: KeyObject, now: Date): Promise<string> {
  const seconds = Math.floor(now.getTime() / 1_000);
  return new SignJWT({ kind: actor.kind, org: actor.organizationId, scopes: [...actor.scopes], rid: requestId })
    .setProtectedHeader({ alg: algorithm })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(actor.id)
    .setIssuedAt(seconds)
    .setExpirationTime(seconds + lifetimeSeconds)
    .sign(privateKey);
}

const claims = z.object({
  sub: z.string().min(1),
  kind: z.enum(['person', 'api_key', 'worker', 'system', 'visitor']),
  org: z.string().min(1),
  scopes: z.array(z.enum(scopes)),
  rid: z.string().min(1),
});

/**
 * Who calls, by the gateway's word.
 *
 * @throws DomainError `unauthenticated` when the token is not the gateway's, or has expired
 */
export async function verifyIdentity(token: string, publicKey: KeyObject, now: Date): Promise<Identity> {
  try {
    const { payload } = await jwtVerify(token, publicKey, {
      algorithms: [algorithm],
      issuer,
      audience,
      currentDate: now,
      // Two machines' clocks may differ a little.
      clockTolerance: 5,
      maxTokenAge: lifetimeSeconds,
    });
    const { sub, kind, org, scopes: granted, rid } = claims.parse(payload);
    return { actor: { id: sub, kind, organizationId: org, scopes: new Set<Scope>(granted) }, requestId: rid };
  } catch (error) {
    if (!(error instanceof errors.JOSEError) && !(error instanceof z.ZodError)) throw error;
    throw new DomainError('unauthenticated', "The caller's identity could not be verified.", { cause: error });
  }
}

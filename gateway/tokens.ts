/**
 * Access tokens: short-lived JWTs for programs that should not hold a longer-lived credential. The gateway both makes and
 * reads them, so they are signed with a key of its own (HS256), derived from the session secret.
 */
import { hkdfSync } from 'node:crypto';
import type { Context } from '@muster/db';
import { SignJWT } from 'jose';

export const accessTokenSeconds = 15 * 60;
export const accessTokenClaims = { issuer: 'muster', audience: 'muster-gateway' };

/** The key of access tokens; another than that of cookies, so that neither can be taken for the other. */
export function accessTokenKey(sessionSecret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', sessionSecret, '', 'muster access token', 32));
}

/** A token that stands for a session or an API key, and dies with it. */
export async function issueAccessToken(
  { clock }: Pick<Context, 'clock'>,
  key: Buffer,
  credentialId: string,
): Promise<{ accessToken: string; expiresAt: Date }> {
  const now = Math.floor(clock.now().getTime() / 1000);
  const accessToken = await new SignJWT()
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .setSubject(credentialId)
    .setIssuer(accessTokenClaims.issuer)
    .setAudience(accessTokenClaims.audience)
    .setIssuedAt(now)
    .setExpirationTime(now + accessTokenSeconds)
    .sign(key);
  return { accessToken, expiresAt: new Date((now + accessTokenSeconds) * 1000) };
}

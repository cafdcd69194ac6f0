/** Whether an attestation holds, and for how long still. */
import type { Schemas } from '@muster/contract/client';

export type AttestationState = 'holds' | 'expiring' | 'expired' | 'revoked';

/** So long before it expires it wants attention: time for a new report to be written. */
const soonMs = 30 * 86_400_000;

export function stateOf(
  { revokedAt, expiresAt }: Pick<Schemas['Attestation'], 'revokedAt' | 'expiresAt'>,
  now: Date,
): AttestationState {
  if (revokedAt !== null) return 'revoked';
  const left = new Date(expiresAt).getTime() - now.getTime();
  return left <= 0 ? 'expired' : left < soonMs ? 'expiring' : 'holds';
}

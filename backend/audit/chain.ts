/** The hash that ties an audit entry to the one before it: a changed, missing or added row breaks the chain. */
import { createHash } from 'node:crypto';

/** One audited request. It holds ids only: no bodies, query strings or credentials. */
export interface AuditEntry {
  at: Date;
  requestId: string;
  actorId: string;
  organizationId: string | null;
  method: string;
  /** Without the query string. */
  path: string;
  ip: string;
  /** `accepted`, or the code of the error that refused it. */
  outcome: string;
  details: Record<string, unknown>;
}

/** What the first entry follows. */
export const genesisHash = '0'.repeat(64);

/** SHA-256 (hex) over the previous entry's hash, the entry's number and its content as canonical JSON. */
export function entryHash(previousHash: string, seq: bigint, entry: AuditEntry): string {
  const content = canonicalJson({ ...entry, at: entry.at.toISOString(), seq: seq.toString() });
  return createHash('sha256').update(`${previousHash}\n${content}`).digest('hex');
}

/** JSON with sorted keys, as what comes back from `jsonb` has lost the order in which it was written. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

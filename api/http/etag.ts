/** ETags: of an answer's bytes, and with its version in front where it has one, so that `If-Match` can ask for it. */
import { createHash } from 'node:crypto';
import { DomainError } from '@muster/common';

/** The strong ETag of a body: `"<hash>"`, or `"<version>.<hash>"`. */
export function etagOf(body: string, version?: number): string {
  const hash = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return version === undefined ? `"${hash}"` : `"${version}.${hash}"`;
}

/** Whether `If-None-Match` names this ETag (RFC 9110, 13.1.2). */
export function isUnchanged(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((each) => each.trim().replace(/^W\//, '') === etag);
}

/**
 * The version that `If-Match` asks for. What else the representation showed may change without a version; a writer
 * conflicts only with writers.
 *
 * @throws DomainError `precondition_failed` when it names no version: then it is no ETag of ours
 */
export function expectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^"(\d{1,9})(\.[\w-]+)?"$/.exec(ifMatch.trim())?.[1];
  if (version === undefined) {
    throw new DomainError('precondition_failed', 'If-Match is not an ETag of this.', {
      fix: 'Read it again, and send the ETag that comes with it.',
    });
  }
  return Number(version);
}

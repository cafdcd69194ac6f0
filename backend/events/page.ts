/** Pages of a list: opaque cursors, so that what a page is cut by may change without breaking a client. */
import { DomainError } from '@muster/common';

export interface PageRequest {
  cursor?: string | undefined;
  /** 1 to 200. */
  limit: number;
}

export interface Page<T> {
  items: T[];
  /** Where the next page begins; null at the end. */
  nextCursor: string | null;
}

export function encodeCursor(key: string | bigint): string {
  return Buffer.from(String(key)).toString('base64url');
}

/**
 * The key that `encodeCursor` was given.
 *
 * @throws DomainError `invalid_request` for what no page ever ended with
 */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString();
  if (!/^[\w.:-]{1,100}$/.test(key) || encodeCursor(key) !== cursor) {
    throw new DomainError('invalid_request', 'The cursor is not one of ours.', {
      fix: 'Send the `nextCursor` of the page before, unchanged.',
    });
  }
  return key;
}

/** A sequence number as a cursor's key. @throws DomainError `invalid_request` when it is not a number */
export function decodeSequence(cursor: string): bigint {
  const key = decodeCursor(cursor);
  if (!/^\d{1,18}$/.test(key)) throw new DomainError('invalid_request', 'The cursor belongs to another list.');
  return BigInt(key);
}

/** A page from `limit + 1` rows: the one too many only tells that there is more. */
export function pageOf<Row, T>(
  rows: Row[],
  limit: number,
  keyOf: (row: Row) => string | bigint,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null,
  };
}

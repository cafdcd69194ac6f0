/** Files that a server under another user must read. */
import { chownSync } from 'node:fs';
import { writePrivate } from '../stack.ts';

/** Writes a file with mode 0600 that belongs to the given user, and answers its path. */
export function chownedFile(path: string, content: string, { uid, gid }: { uid?: number; gid?: number }): string {
  writePrivate(path, content);
  if (uid !== undefined) chownSync(path, uid, gid!);
  return path;
}

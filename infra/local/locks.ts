/** A lock between processes on one machine: a file that names its holder, and that falls when the holder is gone. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { currentProcess, isAlive, type ProcessIdentity, waitFor } from './supervisor.ts';

/**
 * Runs `work` while holding the lock.
 *
 * @param onWait called once when another process holds it
 * @throws Error when the lock is still held after `timeoutMs`
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  { timeoutMs = 30 * 60_000, onWait = () => {} }: { timeoutMs?: number; onWait?: () => void } = {},
): Promise<T> {
  if (!take(path)) {
    onWait();
    if (!(await waitFor(() => take(path), timeoutMs, 200))) throw new Error(`${path} is held by another process.`);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(path: string): boolean {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(currentProcess()));
  try {
    linkSync(mine, path); // Atomic: fails when the lock is there, and never shows it half written.
    return true;
  } catch {
    const holder = readHolder(path);
    if (holder && !isAlive(holder)) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // Released in between.
  }
}

/** Postgres advisory locks: what must run once, and what must not run side by side. */
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Database } from './tables.ts';

/** Waits for the lock of this name; it is let go when the transaction ends. */
export async function lockInTransaction(trx: Transaction<Database>, name: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(trx);
}

/**
 * Runs `work` when no other process holds the lock of this name, and answers undefined otherwise.
 * The lock is the connection's: a process that dies lets it go.
 */
export async function onlyOne<T>(db: Kysely<Database>, name: string, work: () => Promise<T>): Promise<T | undefined> {
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{ taken: boolean }>`
      select pg_try_advisory_lock(hashtextextended(${name}, 0)) as taken`.execute(connection);
    if (!rows[0]?.taken) return undefined;
    try {
      return await work();
    } finally {
      await sql`select pg_advisory_unlock(hashtextextended(${name}, 0))`.execute(connection);
    }
  });
}

/** The connection to Postgres: a Kysely over a pool, with the types that the product counts in. */
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Database } from './tables.ts';

// int8 holds money and sequence numbers: never a floating-point number.
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8
      ? (value: string) => BigInt(value)
      : pg.types.getTypeParser(oid, format as 'text')) as pg.CustomTypesConfig['getTypeParser'],
};

export interface DatabaseOptions {
  /** The most connections of this process. */
  max?: number;
  /** What `pg_stat_activity` calls this process. */
  name?: string;
  /** No statement takes longer (invariant 9). */
  statementTimeoutMs?: number;
  /** Told of errors of idle connections, such as a restart of the server; the pool replaces them by itself. */
  onError?: (error: Error) => void;
}

/** Opens a pool. It connects when it is first used, and again by itself after the server was away. */
export function createDatabase(url: string, options: DatabaseOptions = {}): Kysely<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    application_name: options.name ?? 'muster',
    connectionTimeoutMillis: 5_000,
    statement_timeout: options.statementTimeoutMs ?? 15_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
    types,
  });
  pool.on('error', (error) => options.onError?.(error));
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}

/** The error that Postgres gave, with its constraint, when `error` is one. */
export function databaseError(error: unknown): pg.DatabaseError | undefined {
  return error instanceof pg.DatabaseError ? error : undefined;
}

/** Whether a constraint of this name refused a write. */
export function violates(error: unknown, constraint: string): boolean {
  return databaseError(error)?.constraint === constraint;
}

export type { Generated, Insertable, Kysely, Selectable, Transaction, Updateable } from 'kysely';
export { sql } from 'kysely';
export type { Context } from './context.ts';
export { createDatabase, type DatabaseOptions, databaseError, violates } from './database.ts';
export { lockInTransaction, onlyOne } from './locks.ts';
export { migrate } from './migrate.ts';
export { createRedis } from './redis.ts';
export type * from './tables.ts';

/** For tests: a database of one's own in milliseconds, cloned from a migrated template. */
import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { Kysely } from 'kysely';
import pg from 'pg';
import { createDatabase } from './database.ts';
import { migrate } from './migrate.ts';
import type { Database } from './tables.ts';

export interface TestDatabase {
  db: Kysely<Database>;
  url: string;
  /** Closes the pool and drops the database. */
  drop(): Promise<void>;
}

/**
 * A fresh, migrated database on the server of `MUSTER_POSTGRES_URL`.
 *
 * The template is named by the migrations' content, made once under a lock, and kept for later runs.
 */
export async function createTestDatabase(options: { max?: number } = {}): Promise<TestDatabase> {
  const server = process.env.MUSTER_POSTGRES_URL;
  if (!server)
    throw new Error(
      'Set MUSTER_POSTGRES_URL: `./muster test` does it, or `. .muster/env` after `./muster up --engines-only`.',
    );
  const admin = new pg.Client({ connectionString: server });
  await admin.connect();
  const name = `muster_test_${randomBytes(6).toString('hex')}`;
  try {
    const template = await ensureTemplate(admin, server);
    await admin.query(`create database ${name} template ${template}`);
  } finally {
    await admin.end();
  }
  const url = databaseUrl(server, name);
  const db = createDatabase(url, { max: options.max ?? 10, name });
  return {
    db,
    url,
    drop: async () => {
      await db.destroy();
      const client = new pg.Client({ connectionString: server });
      await client.connect();
      await client.query(`drop database if exists ${name} with (force)`).finally(() => client.end());
    },
  };
}

async function ensureTemplate(admin: pg.Client, server: string): Promise<string> {
  const folder = new URL('./migrations/', import.meta.url);
  const hash = createHash('sha256');
  for (const file of (await readdir(folder)).sort()) hash.update(await readFile(new URL(file, folder)));
  const template = `muster_template_${hash.digest('hex').slice(0, 12)}`;
  await admin.query('select pg_advisory_lock(7264)');
  try {
    const { rowCount } = await admin.query('select from pg_database where datname = $1', [template]);
    if (rowCount) return template;
    const draft = `${template}_draft`;
    await admin.query(`drop database if exists ${draft} with (force)`);
    await admin.query(`create database ${draft}`);
    const db = createDatabase(databaseUrl(server, draft), { max: 1 });
    await migrate(db).finally(() => db.destroy());
    await admin.query(`alter database ${draft} rename to ${template}`);
    return template;
  } finally {
    await admin.query('select pg_advisory_unlock(7264)');
  }
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

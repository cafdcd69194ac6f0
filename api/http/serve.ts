/** An API as a process: configuration, server, readiness, and an end that loses no request. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { baseConfig, createIds, databaseConfig, type Process, systemClock } from '@muster/common';
import { type Context, createDatabase, sql } from '@muster/db';
import { z } from 'zod';
import type { Api } from './api.ts';
import { forgetIdempotentRequests } from './idempotency.ts';
import { identityVerifierConfig } from './identity.ts';

/** What every API needs to know. */
export const apiConfig = {
  ...baseConfig,
  ...databaseConfig,
  ...identityVerifierConfig,
  MUSTER_HTTP_HOST: z.string().default('127.0.0.1'),
  MUSTER_HTTP_PORT: z.coerce.number().int().min(0).max(65535),
};

/** The context of a process over its database, which is part of its readiness. */
export function openContext(
  process: Process,
  config: { MUSTER_POSTGRES_URL: string; MUSTER_POSTGRES_POOL: number },
): Context {
  const db = createDatabase(config.MUSTER_POSTGRES_URL, {
    max: config.MUSTER_POSTGRES_POOL,
    name: process.name,
    onError: (error) => process.log.warn({ err: error }, 'a connection to Postgres was lost'),
  });
  process.ready('postgres', () => sql`select 1 from organization limit 1`.execute(db));
  process.onStop(() => db.destroy());
  return { db, clock: systemClock, ids: createIds(systemClock) };
}

const forgetEveryMs = 3_600_000;

/** Listens until the process is told to stop; then it takes nothing new, and answers what it has taken. */
export async function serve(
  api: Api,
  process: Process,
  context: Context,
  config: { MUSTER_HTTP_HOST: string; MUSTER_HTTP_PORT: number },
): Promise<Server> {
  const server = createServer(
    // Slow callers are the gateway's to bear; its connections are kept open.
    { keepAliveTimeout: 65_000, headersTimeout: 60_000, requestTimeout: 60_000, maxHeaderSize: 16_384 },
    api.app,
  );
  server.on('upgrade', api.upgrade);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.MUSTER_HTTP_PORT, config.MUSTER_HTTP_HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  process.log.info({ port }, 'serving');

  const forget = setInterval(() => {
    forgetIdempotentRequests(context).catch((error) =>
      process.log.warn({ err: error }, 'old Idempotency-Keys could not be forgotten'),
    );
  }, forgetEveryMs);
  process.onStop(async () => {
    clearInterval(forget);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    await closed;
  });
  return server;
}

/** The gateway's process. */
import { identitySignerConfig } from '@muster/api-http';
import { createIds, readConfig, startProcess, systemClock } from '@muster/common';
import { createDatabase, createRedis, sql } from '@muster/db';
import { gatewayConfig } from './config.ts';
import { startGateway } from './gateway.ts';

const config = readConfig({ ...gatewayConfig, ...identitySignerConfig });
const frame = await startProcess('gateway', config);
const { log } = frame;

const db = createDatabase(config.MUSTER_POSTGRES_URL, {
  max: config.MUSTER_POSTGRES_POOL,
  name: 'gateway',
  onError: (error) => log.warn({ err: error }, 'a connection to Postgres was lost'),
});
frame.onStop(() => db.destroy());
const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'Redis is away'));
frame.onStop(() => redis.disconnect());

const context = { db, clock: systemClock, ids: createIds(systemClock) };
const gateway = await startGateway({ config, context, redis, registry: frame.metrics, log });
frame.onStop(() => gateway.close());
frame.ready('postgres', () => sql`select 1`.execute(db));
// Without Redis it goes on, with narrower limits and without sessions.
frame.ready('redis', () => redis.ping(), { optional: true });
log.info({ port: gateway.port, workersPort: gateway.workersPort }, 'listening');

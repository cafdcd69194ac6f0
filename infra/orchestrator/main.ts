/** The orchestrator: one process, or several, for all pools. */
import { once } from 'node:events';
import { connectBroker } from '@muster/broker';
import { createIds, Histogram, readConfig, startProcess, systemClock } from '@muster/common';
import { createDatabase, createRedis, sql } from '@muster/db';
import { orchestratorConfig } from './config.ts';
import { processIdentity } from './election.ts';
import { Pools } from './pools.ts';
import { createStreams } from './streams.ts';

const config = readConfig(orchestratorConfig);
const self = await startProcess('orchestrator', config);
const { log, metrics } = self;

const db = createDatabase(config.MUSTER_POSTGRES_URL, {
  max: config.MUSTER_POSTGRES_POOL,
  name: self.name,
  onError: (error) => log.warn({ err: error }, 'a connection to Postgres was lost'),
});
const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'Redis is away'));
const broker = await connectBroker({ url: config.MUSTER_RABBITMQ_URL, name: self.name, log, metrics });
const context = { db, clock: systemClock, ids: createIds(systemClock) };
const pools = new Pools({
  context,
  broker,
  redis,
  log,
  identity: processIdentity(),
  secretsKey: config.MUSTER_SECRETS_KEY,
  resyncMs: config.MUSTER_RESYNC_SECONDS * 1_000,
  reconcileSeconds: new Histogram({
    name: 'muster_orchestrator_reconcile_seconds',
    help: 'Time to bring a pool to what Postgres says of one cluster',
    labelNames: ['outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  }),
});
const streams = createStreams({ context, pools, identityKey: config.MUSTER_IDENTITY_PUBLIC_KEY, log });

self.ready('postgres', () => sql`select 1`.execute(db));
self.ready('rabbitmq', () => broker.check());
self.ready('pools', async () => pools.check());

// In reverse: streams end first, then pools, then what they stand on.
self.onStop(() => db.destroy());
self.onStop(() => redis.disconnect());
self.onStop(() => broker.close());
self.onStop(() => pools.stop());
self.onStop(() => {
  streams.close();
  streams.closeAllConnections();
});

pools.start();
streams.listen(config.MUSTER_STREAMS_PORT, config.MUSTER_STREAMS_HOST);
await once(streams, 'listening');
log.info({ address: streams.address() }, 'serves streams');

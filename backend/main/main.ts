/** The `backend` process: the relay of the outbox, the consumers, and everything that happens by the clock. */
import { connectBroker, keepDeadLetters, startRelay } from '@muster/broker';
import { defaultPolicy } from '@muster/clusters';
import { createIds, readConfig, startProcess, systemClock } from '@muster/common';
import { createDatabase, createRedis, sql } from '@muster/db';
import { workerRulesOf } from '@muster/workers';
import { backendConfig } from './config.ts';
import { startConsumers } from './consumers.ts';
import { runSchedulers } from './schedulers.ts';

const config = readConfig(backendConfig);
const frame = await startProcess('backend', config);
const { log, metrics, signal } = frame;

const db = createDatabase(config.MUSTER_POSTGRES_URL, {
  // A tick holds a connection for its lock while it works on others.
  max: Math.max(config.MUSTER_POSTGRES_POOL, 24),
  name: 'backend',
  onError: (error) => log.warn({ err: error }, 'a connection to Postgres was lost'),
});
frame.onStop(() => db.destroy());
const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'Redis is away'));
frame.onStop(() => redis.disconnect());
const broker = await connectBroker({ url: config.MUSTER_RABBITMQ_URL, name: 'backend', log, metrics });
frame.onStop(() => broker.close());

const context = { db, clock: systemClock, ids: createIds(systemClock), workerRules: workerRulesOf(config) };
const consumers = startConsumers(context, broker);
const deadLetters = keepDeadLetters({ broker, db, clock: systemClock });
frame.onStop(() => Promise.all([...consumers, deadLetters].map((consumer) => consumer.stop())));

const policy = {
  ...defaultPolicy,
  stuckMs: config.MUSTER_CLUSTER_STUCK_MS,
  repairPatienceMs: config.MUSTER_CLUSTER_REPAIR_PATIENCE_MS,
  nudgeMs: config.MUSTER_CLUSTER_NUDGE_MS,
};
const schedulers = runSchedulers({ context, redis, policy, log, metrics, signal });
frame.onStop(() => schedulers);

frame.ready('postgres', () => sql`select 1`.execute(db));
frame.ready('rabbitmq', () => broker.check());

// An event that is published before its queue stands is lost to it: the queues come first.
await Promise.race([
  Promise.all(consumers.map((consumer) => consumer.ready)),
  new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true })),
]);
if (!signal.aborted) {
  const relay = startRelay({ postgresUrl: config.MUSTER_POSTGRES_URL, broker, log });
  frame.onStop(() => relay.stop());
}

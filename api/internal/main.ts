/** The process `api-internal`. */
import { createWaker } from '@muster/api-feed';
import { createApi, openContext, serve } from '@muster/api-http';
import { connectBroker } from '@muster/broker';
import { readConfig, startProcess } from '@muster/common';
import { internalApi } from '@muster/contract';
import { createRedis, sql } from '@muster/db';
import { workerRulesOf } from '@muster/workers';
import { internalConfig } from './config.ts';
import { readiness } from './health.ts';
import { internalHandlers } from './index.ts';

const config = readConfig(internalConfig);
const process = await startProcess('api-internal', config);
const { log, metrics, signal } = process;
const context = { ...openContext(process, config), workerRules: workerRulesOf(config) };
const broker = await connectBroker({ url: config.MUSTER_RABBITMQ_URL, name: process.name, log, metrics });
process.onStop(() => broker.close());
const waker = createWaker(broker);
process.onStop(() => waker.close());
const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'redis'));
process.onStop(() => redis.disconnect());

const handlers = internalHandlers(context, {
  secretsKey: config.MUSTER_SECRETS_KEY,
  streamsUrl: config.MUSTER_STREAMS_URL,
  waker,
  health: {
    postgres: () => sql`select 1`.execute(context.db),
    redis: () => redis.ping().then(() => {}),
    rabbitmq: () => broker.check(),
    ...Object.fromEntries(config.MUSTER_HEALTH_URLS.map(({ name, url }) => [name, readiness(url)])),
  },
});
const api = createApi(internalApi, handlers, {
  context,
  identityKey: config.MUSTER_IDENTITY_PUBLIC_KEY,
  log,
  metrics,
  signal,
});
await serve(api, process, context, config);

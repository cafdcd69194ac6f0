/** The process `api-public`. */
import { createWaker } from '@muster/api-feed';
import { createApi, openContext, serve } from '@muster/api-http';
import { connectBroker } from '@muster/broker';
import { readConfig, startProcess } from '@muster/common';
import { publicApi } from '@muster/contract';
import { createRedis } from '@muster/db';
import { publicConfig } from './config.ts';
import { publicHandlers } from './index.ts';

const config = readConfig(publicConfig);
const process = await startProcess('api-public', config);
const { log, metrics, signal } = process;
const context = openContext(process, config);
const broker = await connectBroker({ url: config.MUSTER_RABBITMQ_URL, name: process.name, log, metrics });
process.onStop(() => broker.close());
const waker = createWaker(broker);
process.onStop(() => waker.close());

const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'Redis is away'));
process.onStop(() => redis.disconnect());

const handlers = publicHandlers(context, { streams: { url: config.MUSTER_STREAMS_URL }, waker, redis });
const api = createApi(publicApi, handlers, {
  context,
  identityKey: config.MUSTER_IDENTITY_PUBLIC_KEY,
  log,
  metrics,
  signal,
});
await serve(api, process, context, config);

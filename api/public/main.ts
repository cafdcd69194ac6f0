/** The process `api-public`. */
import { createApi, openContext, serve } from '@muster/api-http';
import { connectBroker } from '@muster/broker';
import { readConfig, startProcess } from '@muster/common';
import { publicApi } from '@muster/contract';
import { publicConfig } from './config.ts';
import { createWaker, publicHandlers } from './index.ts';

const config = readConfig(publicConfig);
const process = await startProcess('api-public', config);
const { log, metrics, signal } = process;
const context = openContext(process, config);
const broker = await connectBroker({ url: config.MUSTER_RABBITMQ_URL, name: process.name, log, metrics });
process.onStop(() => broker.close());
const waker = createWaker(broker);
process.onStop(() => waker.close());

const handlers = publicHandlers(context, { streams: { url: config.MUSTER_STREAMS_URL }, waker });
const api = createApi(publicApi, handlers, {
  context,
  identityKey: config.MUSTER_IDENTITY_PUBLIC_KEY,
  log,
  metrics,
  signal,
});
await serve(api, process, context, config);

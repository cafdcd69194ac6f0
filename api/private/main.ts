/** The process `api-private`. */
import { createApi, openContext, serve } from '@muster/api-http';
import { readConfig, startProcess } from '@muster/common';
import { privateApi } from '@muster/contract';
import { workerRulesOf } from '@muster/workers';
import { privateConfig } from './config.ts';
import { privateHandlers } from './index.ts';

const config = readConfig(privateConfig);
const process = await startProcess('api-private', config);
const { log, metrics, signal } = process;
const context = { ...openContext(process, config), workerRules: workerRulesOf(config) };
const handlers = privateHandlers(context, {
  platform: {
    authority: { certificatePem: config.MUSTER_CA_CERTIFICATE, privateKeyPem: config.MUSTER_CA_KEY },
    connectUrl: config.MUSTER_CONNECT_URL,
  },
  secretsKey: config.MUSTER_SECRETS_KEY,
});
const api = createApi(privateApi, handlers, {
  context,
  identityKey: config.MUSTER_IDENTITY_PUBLIC_KEY,
  log,
  metrics,
  signal,
});
await serve(api, process, context, config);

/** The process `node-bridge`: agents on one side, a pool's API server on the other. */
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { identityHeader, verifyIdentity } from '@muster/api-http';
import { connectBroker } from '@muster/broker';
import { createIds, DomainError, Gauge, secondMs, startProcess, systemClock } from '@muster/common';
import { createDatabase, createRedis } from '@muster/db';
import { getWorker, markWatching, renewCertificate } from '@muster/workers';
import { type Authenticate, createAgentServer } from './agents.ts';
import { Bridge } from './bridge.ts';
import { bridgeConfig } from './config.ts';
import { createKubelet } from './kubelet.ts';
import { Pool } from './pool.ts';
import { createReports } from './reports.ts';

const config = bridgeConfig();
const frame = await startProcess('node-bridge', config);
const { log } = frame;
const clock = systemClock;
const ids = createIds(clock);

const db = createDatabase(config.MUSTER_POSTGRES_URL, { max: config.MUSTER_POSTGRES_POOL, name: 'node-bridge' });
frame.onStop(() => db.destroy());
const redis = createRedis(config.MUSTER_REDIS_URL, (error) => log.warn({ err: error }, 'Redis'));
frame.onStop(() => redis.disconnect());
const broker = await connectBroker({
  url: config.MUSTER_RABBITMQ_URL,
  name: 'node-bridge',
  log,
  metrics: frame.metrics,
});
frame.onStop(() => broker.close());
const reports = createReports(redis, broker, ids, log);
frame.onStop(reports.stop);

const authority = { certificatePem: config.MUSTER_CA_CERTIFICATE, privateKeyPem: config.MUSTER_CA_KEY };
const pool = new Pool(config.MUSTER_KUBECONFIG);
const bridge = new Bridge({
  bridgeId: config.MUSTER_BRIDGE_ID,
  poolId: config.MUSTER_POOL,
  pool,
  kubelet: { host: config.MUSTER_KUBELET_HOST, port: config.MUSTER_KUBELET_PORT },
  reports,
  renewCertificate: async (workerId, organizationId, csr) => {
    const actor = { id: workerId, kind: 'worker' as const, organizationId, scopes: new Set<never>() };
    return (await renewCertificate({ db, clock, ids }, authority, actor, csr)).certificate;
  },
  clock,
  log,
});
frame.onStop(() => bridge.stop());
const watch = (): Promise<void> =>
  markWatching(redis, config.MUSTER_POOL, 'bridge', clock.now()).catch((error) =>
    log.warn({ err: error }, 'Redis does not know that this bridge listens'),
  );
void watch();
const watching = setInterval(watch, 10 * secondMs);
frame.onStop(() => clearInterval(watching));

new Gauge({
  name: 'muster_bridge_connected_workers',
  help: 'Workers connected to this bridge.',
  registers: [frame.metrics],
  collect() {
    this.set(bridge.connected);
  },
});
frame.ready('kubernetes', () => pool.check());

const authenticate: Authenticate = async (request) => {
  const token = request.headers[identityHeader];
  if (typeof token !== 'string') throw new DomainError('unauthenticated', 'The gateway’s identity is missing.');
  const { actor } = await verifyIdentity(token, config.MUSTER_IDENTITY_PUBLIC_KEY, clock.now());
  const { poolId } = await getWorker({ db, clock, ids }, actor, actor.id);
  if (poolId !== config.MUSTER_POOL) throw new DomainError('forbidden', `The worker is of the pool ${poolId}.`);
  return actor;
};
await listen(createAgentServer(bridge, authenticate, log), config.MUSTER_BRIDGE_HOST, config.MUSTER_BRIDGE_PORT);
await listen(
  createKubelet({
    bridge,
    certificate: config.MUSTER_KUBELET_CERTIFICATE,
    key: config.MUSTER_KUBELET_KEY,
    clientCa: config.MUSTER_KUBELET_CLIENT_CA,
    clientName: config.MUSTER_KUBELET_CLIENT_NAME,
    log,
  }),
  config.MUSTER_KUBELET_HOST,
  config.MUSTER_KUBELET_PORT,
);

async function listen(server: Server, host: string, port: number): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
  frame.onStop(() => server.close());
  log.info({ host, port: (server.address() as AddressInfo).port }, 'listening');
}

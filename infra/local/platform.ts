/** Muster's own processes on this machine: where each listens, what each is told, and whether it came up. */

import { readFileSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { connectivityTiers } from '@muster/common';
import { productRules } from '@muster/workers';
import { pkiFolder } from './control-plane.ts';
import { foreignKubeconfig } from './foreign.ts';
import { install } from './install.ts';
import { ensureKeys, type Keys } from './keys.ts';
import { ensureCertificate, type KeyPair, machineAddresses } from './pki.ts';
import { claimPort, knownPort } from './ports.ts';
import { type Progress, StepError, silent, together } from './progress.ts';
import { ensureRights, type Rights } from './rights.ts';
import { addEnvironment, checkout, readEnvironment, type Stack, writePrivate } from './stack.ts';
import { isAlive, isRunning, logPath, type ProcessRecord, startProcess, waitFor } from './supervisor.ts';
import { webRoot } from './web.ts';

type Variables = Record<string, string>;

interface Service {
  name: string;
  main: string;
  /** The ports that it listens on beside its own for health and metrics; the gateway's have usual numbers. */
  ports: Record<string, number | undefined>;
  variables(given: Given): Variables;
}

/** What the variables of a service are made of. */
interface Given {
  /** Addresses of the engines. */
  engines: Variables;
  keys: Keys;
  /** The port of a listener, by the name that it has in `ports`. */
  port(name: string): string;
  /** The address of another service's listener on this machine. */
  url(portName: string): string;
  pool: { id: string } & Rights;
  /** With which the bridge serves as a kubelet, and where: a cluster of our own is on this machine, another may not be. */
  kubelets: KeyPair & { host: string };
  /** Where each process tells its health: `gateway=http://…`, separated by commas. */
  healthUrls: string;
  rules: Variables;
}

const services: Service[] = [
  {
    name: 'api-public',
    main: 'api/public/main.ts',
    ports: { 'api-public': undefined },
    variables: ({ engines, keys, port, url }) => ({
      ...engines,
      MUSTER_IDENTITY_PUBLIC_KEY: keys.identityPublic,
      MUSTER_HTTP_PORT: port('api-public'),
      MUSTER_STREAMS_URL: url('streams'),
    }),
  },
  {
    name: 'api-private',
    main: 'api/private/main.ts',
    ports: { 'api-private': undefined },
    variables: ({ engines, keys, port, rules }) => ({
      ...pick(engines, 'MUSTER_POSTGRES_URL', 'MUSTER_REDIS_URL'),
      MUSTER_IDENTITY_PUBLIC_KEY: keys.identityPublic,
      MUSTER_HTTP_PORT: port('api-private'),
      MUSTER_CA_CERTIFICATE: keys.authorityCertificate,
      MUSTER_CA_KEY: keys.authorityKey,
      MUSTER_SECRETS_KEY: keys.secrets,
      ...rules,
      MUSTER_CONNECT_URL: `wss://127.0.0.1:${port('gateway-workers')}/private/v1/agent/connect`,
    }),
  },
  {
    name: 'api-internal',
    main: 'api/internal/main.ts',
    ports: { 'api-internal': undefined },
    variables: ({ engines, keys, port, url, healthUrls, rules }) => ({
      ...engines,
      ...rules,
      MUSTER_IDENTITY_PUBLIC_KEY: keys.identityPublic,
      MUSTER_HTTP_PORT: port('api-internal'),
      MUSTER_SECRETS_KEY: keys.secrets,
      MUSTER_STREAMS_URL: url('streams'),
      MUSTER_HEALTH_URLS: healthUrls,
    }),
  },
  {
    name: 'backend',
    main: 'backend/main/main.ts',
    ports: {},
    variables: ({ engines, rules }) => ({ ...engines, ...rules }),
  },
  {
    name: 'orchestrator',
    main: 'infra/orchestrator/main.ts',
    ports: { streams: undefined },
    variables: ({ engines, keys, port }) => ({
      ...engines,
      MUSTER_IDENTITY_PUBLIC_KEY: keys.identityPublic,
      MUSTER_SECRETS_KEY: keys.secrets,
      MUSTER_STREAMS_PORT: port('streams'),
    }),
  },
  {
    name: 'node-bridge',
    main: 'infra/node-bridge/main.ts',
    ports: { 'node-bridge': undefined, kubelets: undefined },
    variables: ({ engines, keys, port, pool, kubelets }) => ({
      ...engines,
      MUSTER_IDENTITY_PUBLIC_KEY: keys.identityPublic,
      MUSTER_CA_CERTIFICATE: keys.authorityCertificate,
      MUSTER_CA_KEY: keys.authorityKey,
      MUSTER_POOL: pool.id,
      MUSTER_KUBECONFIG: pool.nodeBridge,
      MUSTER_BRIDGE_PORT: port('node-bridge'),
      MUSTER_KUBELET_HOST: kubelets.host,
      MUSTER_KUBELET_PORT: port('kubelets'),
      MUSTER_KUBELET_CERTIFICATE: kubelets.certificatePath,
      MUSTER_KUBELET_KEY: kubelets.keyPath,
      MUSTER_KUBELET_CLIENT_CA: pool.clientAuthority,
    }),
  },
  {
    name: 'gateway',
    main: 'gateway/main.ts',
    ports: { gateway: 8080, 'gateway-workers': 8443 },
    variables: ({ engines, keys, port, url }) => ({
      ...pick(engines, 'MUSTER_POSTGRES_URL', 'MUSTER_REDIS_URL'),
      MUSTER_IDENTITY_PRIVATE_KEY: keys.identityPrivate,
      MUSTER_SESSION_SECRET: keys.session,
      MUSTER_CA_CERTIFICATE: keys.authorityCertificate,
      MUSTER_GATEWAY_PORT: port('gateway'),
      MUSTER_GATEWAY_WORKERS_PORT: port('gateway-workers'),
      MUSTER_GATEWAY_WORKERS_CERTIFICATE: keys.workersCertificate,
      MUSTER_GATEWAY_WORKERS_KEY: keys.workersKey,
      MUSTER_PUBLIC_URL: url('api-public'),
      MUSTER_PRIVATE_URL: url('api-private'),
      MUSTER_INTERNAL_URL: url('api-internal'),
      MUSTER_NODE_BRIDGE_URL: url('node-bridge'),
      MUSTER_WEB_ROOT: webRoot,
      // Limits may be set from outside: a suite sends in a minute what a customer sends in a day.
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('MUSTER_LIMIT_'))),
    }),
  },
];

export const serviceNames = services.map(({ name }) => name);

/** The service that listens on the port of this name; the name itself where no service does. */
export function listenerOf(port: string): string {
  return services.find(({ ports }) => port in ports)?.name ?? port;
}

export interface PlatformOptions {
  /** ISO 3166 code of the country that this machine is said to be in. */
  country?: string;
}

/** Makes the installation and starts what of the platform does not run; answers the gateway's address. */
export async function startPlatform(
  stack: Stack,
  progress: Progress = silent,
  { country = 'DE' }: PlatformOptions = {},
): Promise<string> {
  const { poolId } = await progress.step('Schema, catalogue and operator', () => install(stack, country), {
    describe: ({ applied }) => (applied.length > 0 ? `${applied.length} migrations` : 'up to date'),
  });
  writePrivate(poolFile(stack), poolId);
  const given = await prepare(stack, poolId);
  await together(
    services.map((service) =>
      progress.step(service.name, () => startService(stack, service, given), { log: logPath(stack, service.name) }),
    ),
  );
  const url = given.url('gateway');
  addEnvironment(stack, { MUSTER_URL: url });
  return url;
}

/** Starts one service again, for tests that ended it. */
export async function restartService(stack: Stack, name: string): Promise<void> {
  const service = services.find((each) => each.name === name);
  if (!service) throw new Error(`There is no service ${name}.`);
  await startService(stack, service, await prepare(stack, readFileSync(poolFile(stack), 'utf8')));
}

/** So that a service can be restarted while Postgres is away. */
function poolFile(stack: Stack): string {
  return join(stack.home, 'pool');
}

/** Every port is known before any service starts: they are told each other's addresses. */
async function prepare(stack: Stack, poolId: string): Promise<Given> {
  for (const { name, ports } of services.filter((service) => !isRunning(stack, service.name))) {
    for (const [port, usual] of Object.entries(ports)) await claimPort(stack, port, usual);
    await claimPort(stack, `${name}-ops`);
  }
  const addresses = machineAddresses();
  const [loopback, elsewhere] = addresses;
  const certificate = await ensureCertificate(pkiFolder(stack), 'node-bridge', {
    commonName: 'node-bridge',
    names: ['localhost', ...addresses],
    usage: ['server'],
  });
  const port = (name: string) => String(knownPort(stack, name));
  const url = (name: string) => `http://127.0.0.1:${port(name)}`;
  return {
    engines: pick(readEnvironment(stack), 'MUSTER_POSTGRES_URL', 'MUSTER_REDIS_URL', 'MUSTER_RABBITMQ_URL'),
    keys: await ensureKeys(stack),
    port,
    url,
    healthUrls: serviceNames.map((name) => `${name}=${url(`${name}-ops`)}`).join(','),
    rules: workerRules(stack),
    pool: { id: poolId, ...(await ensureRights(stack)) },
    kubelets: { host: foreignKubeconfig(stack) && elsewhere ? elsewhere : loopback!, ...certificate },
  };
}

/**
 * The product's minimums, or what this machine has when that is less: its own agents are its only workers. Their speed is
 * measured over loopback, which tells how busy the machine is, so the Low tier is enough.
 */
function workerRules(stack: Stack): Variables {
  const { blocks, bsize } = statfsSync(stack.home);
  const atMost = (least: number, bytes: number) => String(Math.min(least, Math.floor(bytes / 1e9)));
  return {
    MUSTER_WORKER_MIN_MEMORY_GB: atMost(productRules.memoryGb, totalmem()),
    MUSTER_WORKER_MIN_DISK_GB: atMost(productRules.diskGb, blocks * bsize),
    MUSTER_WORKER_MIN_UP_MBPS: String(connectivityTiers.low.upMbps),
  };
}

async function startService(stack: Stack, service: Service, given: Given): Promise<void> {
  const { name } = service;
  const [main] = Object.keys(service.ports);
  const record = startProcess(stack, {
    name,
    command: process.execPath,
    args: [join(checkout, service.main)],
    cwd: checkout,
    environment: { ...service.variables(given), MUSTER_OPS_PORT: given.port(`${name}-ops`) },
    port: Number(given.port(main ?? `${name}-ops`)),
    graceMs: 25_000,
  });
  await waitUntilReady(stack, record);
}

async function waitUntilReady(stack: Stack, record: ProcessRecord): Promise<void> {
  const url = `http://127.0.0.1:${knownPort(stack, `${record.name}-ops`)}/readyz`;
  const ready = await waitFor(async () => !isAlive(record) || (await isOk(url)), 60_000, 100);
  const fix = './muster doctor';
  if (!isAlive(record)) throw new StepError(`${record.name} ended right after its start.`, { log: record.log, fix });
  if (!ready) throw new StepError(`${record.name} is not ready after 60 s; ${url} says why.`, { log: record.log, fix });
}

async function isOk(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_500) })).ok;
  } catch {
    return false;
  }
}

function pick(variables: Variables, ...names: string[]): Variables {
  return Object.fromEntries(names.map((name) => [name, variables[name]!]));
}

/** Requests per second through the gateway, with an API key checked and a rate limit counted, beside a bare Express proxy. */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@muster/db/testing';
import autocannon from 'autocannon';
import { makeApiKey } from './customer.ts';
import { type Figure, ratioOf, type Section } from './report.ts';

const connections = 32;
const secondsPerRun = 5;
const runs = 5;

export async function benchGateway(redisUrl: string): Promise<Section> {
  const { db, url: postgresUrl, drop } = await createTestDatabase();
  const children: ChildProcess[] = [];
  const start = async (file: string, environment: Record<string, string>): Promise<string> => {
    const port = await freePort();
    const main = new URL(file, import.meta.url).pathname;
    const env = {
      ...process.env,
      PORT: String(port),
      MUSTER_GATEWAY_PORT: String(port),
      NODE_ENV: 'production',
      ...environment,
    };
    children.push(spawn(process.execPath, [main], { env, stdio: ['ignore', 'ignore', 'inherit'] }));
    const address = `http://127.0.0.1:${port}`;
    await untilAnswering(address);
    return address;
  };
  try {
    const apiKey = await makeApiKey(db, ['clusters:read']);
    const upstream = await start('peers/upstream.ts', {});
    const peerUrl = await start('peers/express-proxy.ts', { UPSTREAM: upstream });
    const gatewayUrl = await start('../gateway/main.ts', gatewayEnvironment(postgresUrl, redisUrl, upstream));

    const figure = (name: string, of: string, unit: string): Figure => ({ name, of, unit, runs: [] });
    const ours = figure('API key, rate limit, identity token', 'Muster', 'requests/s');
    const peer = figure('nothing but the proxy', 'Express', 'requests/s');
    const oursP99 = figure('99th percentile', 'Muster', 'ms');
    const peerP99 = figure('99th percentile', 'Express', 'ms');
    for (let run = -1; run < runs; run++) {
      const through = await load(gatewayUrl, apiKey);
      const bare = await load(peerUrl, apiKey);
      if (run < 0) continue; // the first of each compiles
      ours.runs.push(through.requestsPerSecond);
      oursP99.runs.push(through.p99Ms);
      peer.runs.push(bare.requestsPerSecond);
      peerP99.runs.push(bare.p99Ms);
    }
    return {
      title: 'Gateway',
      how: `GET through one gateway process, ${connections} connections, ${secondsPerRun} s a run, in turn; the same upstream behind both, the load made on the same machine.`,
      seed: 0,
      figures: [ours, peer, oursP99, peerP99],
      ratios: [ratioOf('Muster ÷ Express', ours, peer)],
    };
  } finally {
    for (const child of children.reverse()) {
      if (child.exitCode !== null) continue;
      child.kill();
      await once(child, 'exit');
    }
    await drop();
  }
}

function gatewayEnvironment(postgresUrl: string, redisUrl: string, upstream: string): Record<string, string> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const most = '1000000000';
  return {
    MUSTER_LOG_LEVEL: 'warn',
    MUSTER_POSTGRES_URL: postgresUrl,
    MUSTER_REDIS_URL: redisUrl,
    MUSTER_IDENTITY_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    MUSTER_SESSION_SECRET: randomBytes(32).toString('hex'),
    MUSTER_PUBLIC_URL: upstream,
    MUSTER_PRIVATE_URL: upstream,
    MUSTER_INTERNAL_URL: upstream,
    MUSTER_NODE_BRIDGE_URL: upstream,
    // Counted as ever, but never reached.
    MUSTER_LIMIT_ACTOR: most,
    MUSTER_LIMIT_VISITOR: most,
  };
}

async function load(address: string, apiKey: string): Promise<{ requestsPerSecond: number; p99Ms: number }> {
  const result = await autocannon({
    url: `${address}/v1/clusters`,
    connections,
    duration: secondsPerRun,
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const wrong = result.non2xx + result.errors + result.timeouts;
  if (wrong > 0) throw new Error(`${wrong} of ${result.requests.total} requests to ${address} failed.`);
  return { requestsPerSecond: result.requests.average, p99Ms: result.latency.p99 };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilAnswering(address: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const answered = await fetch(address).then(
      (response) => response.body?.cancel().then(() => true) ?? true,
      () => false,
    );
    if (answered) return;
    await sleep(100);
  }
  throw new Error(`${address} does not answer.`);
}

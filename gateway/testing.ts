/** For tests: a gateway on real Postgres and Redis, with services behind it that tell what reached them. */
import { generateKeyPairSync, type KeyObject, randomInt } from 'node:crypto';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { createIds, createLogger, createMetrics, type Registry, systemClock } from '@muster/common';
import { createApiKey, openSession, signUp } from '@muster/customers';
import { type Context, createRedis } from '@muster/db';
import { createTestDatabase } from '@muster/db/testing';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { type Gateway, type GatewayConfig, gatewayConfig, startGateway } from './index.ts';

export interface Reached {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: string;
  /** Which of the services it was. */
  service: string;
}

export interface Harness extends AsyncDisposable {
  context: Context;
  gateway: Gateway;
  url: string;
  registry: Registry;
  /** What reached the services, oldest first. */
  reached: Reached[];
  identityPublicKey: KeyObject;
  /** Cuts the gateway off from Redis, and lets it reach Redis again. */
  redis: { cut(): void; mend(): Promise<void> };
  services: Server[];
  /** The services' WebSockets, in the same order. */
  webSockets: WebSocketServer[];
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

/** @param handler what the services do; without it they answer with what reached them */
export async function startHarness(
  overrides: Partial<Record<keyof GatewayConfig, string>> = {},
  handler?: Handler,
): Promise<Harness> {
  const database = await createTestDatabase();
  const reached: Reached[] = [];
  const names = ['PUBLIC', 'PRIVATE', 'INTERNAL', 'NODE_BRIDGE'];
  const started = await Promise.all(names.map((name) => startService(name.toLowerCase(), reached, handler)));
  const services = started.map(({ server }) => server);
  const webSockets = started.map(({ sockets }) => sockets);
  const link = await startLink(new URL(process.env.MUSTER_REDIS_URL!));
  const redis = createRedis(link.url);
  await new Promise((resolve) => redis.once('ready', resolve));

  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const config = z.object(gatewayConfig).parse({
    MUSTER_POSTGRES_URL: database.url,
    MUSTER_REDIS_URL: link.url,
    MUSTER_GATEWAY_PORT: '0',
    MUSTER_GATEWAY_WORKERS_PORT: '0',
    MUSTER_SESSION_SECRET: 'a secret of the tests that is long enough',
    MUSTER_TRUSTED_PROXIES: '127.0.0.1',
    ...Object.fromEntries(
      names.map((name, index) => [
        `MUSTER_${name}_URL`,
        `http://127.0.0.1:${(services[index]!.address() as AddressInfo).port}`,
      ]),
    ),
    ...overrides,
  });
  const context = { db: database.db, clock: systemClock, ids: createIds(systemClock) };
  const log = createLogger('gateway-test', process.env.MUSTER_LOG_LEVEL ?? 'silent');
  const registry = createMetrics('gateway-test');
  const gateway = await startGateway({
    config: { ...config, MUSTER_IDENTITY_PRIVATE_KEY: privateKey },
    context,
    redis,
    registry,
    log,
  });
  return {
    context,
    gateway,
    url: `http://127.0.0.1:${gateway.port}`,
    registry,
    reached,
    identityPublicKey: publicKey,
    services,
    webSockets,
    redis: {
      cut: link.cut,
      mend: async () => {
        const ready = new Promise((resolve) => redis.once('ready', resolve));
        await link.mend();
        await ready;
      },
    },
    [Symbol.asyncDispose]: async () => {
      for (const service of services) service.closeAllConnections();
      for (const { clients } of webSockets) for (const client of clients) client.terminate();
      await gateway.close();
      for (const service of services) service.close();
      redis.disconnect();
      link.cut();
      await database.drop();
    },
  };
}

async function startService(name: string, reached: Reached[], handler?: Handler) {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The gateway cut it off: what has come is what counts.
    }
    const { method = '', url = '', headers } = request;
    const seen = { method, url, headers, body: Buffer.concat(chunks).toString(), service: name };
    reached.push(seen);
    if (handler) return handler(request, response, seen.body);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(seen));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, { method = '', url = '', headers }) => {
    reached.push({ method, url, headers, body: '', service: name });
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, sockets };
}

/** A line to Redis that can be cut: everything on it is real but its end. */
async function startLink(target: URL): Promise<{ url: string; cut(): void; mend(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
    }
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const url = new URL(target);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    cut: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
    mend: () => listen(port),
  };
}

/** An address that no other test speaks from, so that limits are one's own. */
export function someAddress(): string {
  return `10.${randomInt(256)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

/** An email that nobody has, and that no other run has tried. */
export function nobody(): string {
  return `nobody${randomInt(2 ** 40)}@example.com`;
}

export const password = 'correct horse battery';

/** A person who has signed up, with an API key that may do all that it may. */
export async function someone(context: Context) {
  const email = `${context.ids.next('person')}@example.com`;
  const { person, organization } = await signUp(context, { email, password, name: 'A', organizationName: 'O' });
  const { actor } = await openSession(context, { personId: person.id, ip: '192.0.2.1', userAgent: 'test' });
  const { key, id: keyId } = await createApiKey(context, actor, { name: 'k', scopes: [...actor.scopes] });
  return { email, personId: person.id, organizationId: organization.id, actor, key, keyId };
}

export interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  json: any;
}

export interface Ask {
  method?: string;
  headers?: Record<string, string | string[]>;
  /** An object is sent as JSON; a list of texts is streamed without a length. */
  body?: object | string | string[];
  from?: string;
}

/** One request as a program makes it, without a client's own ideas of what a request is. */
export function ask(base: string, path: string, { method = 'GET', headers, body, from }: Ask = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(base);
    const isJson = typeof body === 'object' && !Array.isArray(body);
    const request = httpRequest(
      {
        hostname,
        port,
        path,
        method,
        agent: false,
        headers: {
          ...(from && { 'x-forwarded-for': from }),
          ...(isJson && { 'content-type': 'application/json' }),
          ...headers,
        },
      },
      async (response) => {
        try {
          let text = '';
          for await (const chunk of response.setEncoding('utf8')) text += chunk;
          const isJsonAnswer = response.headers['content-type']?.includes('json');
          const json = isJsonAnswer && text ? JSON.parse(text) : undefined;
          resolve({ status: response.statusCode!, headers: response.headers, text, json });
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on('error', reject);
    if (Array.isArray(body)) {
      for (const part of body) request.write(part);
      request.end();
    } else request.end(isJson ? JSON.stringify(body) : body);
  });
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** The cookie of a session that begins with this login. */
export async function logIn(
  url: string,
  email: string,
  from: string,
): Promise<{ cookie: string; csrf: string; answer: Answer }> {
  const answer = await ask(url, '/v1/login', { method: 'POST', body: { email, password }, from });
  const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const { json } = await ask(url, '/v1/csrf', { headers: { cookie }, from });
  return { cookie, csrf: json?.csrfToken, answer };
}

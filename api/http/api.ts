/** An API over HTTP, from its contract and its handlers: who calls, may they, is it well formed, and how it is answered. */
import type { KeyObject } from 'node:crypto';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  continueTrace,
  DomainError,
  errorCodes,
  Histogram,
  type Logger,
  type Registry,
  visitor,
  withTrace,
} from '@muster/common';
import { type Contract, openApi, type RouteDefinition, takesIdempotencyKey } from '@muster/contract';
import type { Context } from '@muster/db';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { etagOf, expectedVersion, isUnchanged } from './etag.ts';
import type { ApiHandlers, Call, StreamReply, UpgradeReply } from './handlers.ts';
import { answerOnce, type KeptAnswer } from './idempotency.ts';
import { type Identity, identityHeader, verifyIdentity } from './identity.ts';
import { parseRequest, wrongFields } from './parse.ts';
import { toProblem } from './problem.ts';

export interface ApiOptions {
  context: Context;
  /** The gateway's public key. */
  identityKey: KeyObject;
  log: Logger;
  metrics: Registry;
  /** Aborted when the process stops: streams end, so that their callers go elsewhere. */
  signal: AbortSignal;
}

export interface Api {
  app: Express;
  /** For the server's `upgrade` events. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

type AnyHandler = (call: Call, reply?: StreamReply | UpgradeReply) => Promise<unknown>;

interface Served {
  definition: RouteDefinition;
  /** With the API's base: `/v1/clusters/{clusterId}`. */
  path: string;
  handler: AnyHandler;
}

/** Everything that one request is known by while it is answered. */
interface Scene {
  identity: Identity;
  served?: Served;
}

const largestBody = 1_048_576;

/** Builds an API. The same contract that its documents are made of checks every call and every answer. */
export function createApi<Routes extends Contract>(
  contract: Routes,
  handlers: ApiHandlers<Routes>,
  options: ApiOptions,
): Api {
  const { log, metrics } = options;
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [metrics],
  });
  const served = servedRoutes(contract, handlers as Record<string, Record<string, AnyHandler>>);
  const scenes = new WeakMap<IncomingMessage, Scene>();

  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');

  app.use((request, response, next) => {
    const began = performance.now();
    response.once('close', () => {
      const scene = scenes.get(request);
      const route = scene?.served?.path ?? 'none';
      const status = response.writableFinished ? response.statusCode : 499;
      duration.observe({ method: request.method, route, status }, (performance.now() - began) / 1_000);
      log.info(
        {
          method: request.method,
          route,
          path: request.path,
          status,
          durationMs: Math.round(performance.now() - began),
          actorId: scene?.identity.actor.id,
          organizationId: scene?.identity.actor.organizationId,
        },
        'request',
      );
    });
    identityOf(request, options).then((identity) => {
      scenes.set(request, { identity });
      withTrace({ traceparent: continueTrace(header(request, 'traceparent')), requestId: identity.requestId }, next);
    }, next);
  });

  const document = JSON.stringify(openApi(contract));
  app.get(`${contract.base}/openapi.json`, (request, response) => sendJson(request, response, 200, document));

  const parseBody = express.json({ limit: largestBody, type: isJson });
  for (const [path, routes] of Map.groupBy(served, ({ path }) => path)) {
    const address = path.replace(/\{(\w+)\}/g, ':$1');
    for (const each of routes) {
      const enter = (request: Request, _response: Response, next: NextFunction) => {
        const scene = scenes.get(request)!;
        scene.served = each;
        admit(each.definition, scene.identity);
        if (each.definition.body) checkMediaType(request);
        next();
      };
      const answer = (request: Request, response: Response) =>
        respond(each, request, response, scenes.get(request)!.identity, options);
      app[each.definition.method](address, enter, ...(each.definition.body ? [parseBody] : []), answer);
    }
    const allow = routes.map(({ definition }) => definition.method.toUpperCase());
    app.all(address, (request, response) => {
      response.setHeader('allow', [...allow, ...(allow.includes('GET') ? ['HEAD'] : [])].join(', '));
      throw new DomainError('method_not_allowed', `${request.method} is not for this address.`);
    });
  }

  app.use(() => {
    throw new DomainError('not_found', 'There is nothing at this address.', {
      fix: `The addresses are in ${contract.base}/openapi.json.`,
    });
  });
  app.use((error: unknown, request: Request, response: Response, _next: NextFunction) => {
    const requestId = scenes.get(request)?.identity.requestId ?? options.context.ids.next('request');
    const problem = toProblem(error, requestId, log);
    // Part of an answer is out: all that can be told is that it is not whole.
    if (response.headersSent) return void response.destroy();
    sendProblem(response, problem);
  });

  return { app, upgrade: upgradeTo(served, options) };
}

function servedRoutes(contract: Contract, handlers: Record<string, Record<string, AnyHandler>>): Served[] {
  return Object.entries(contract.routes).flatMap(([noun, named]) =>
    Object.entries(named)
      .filter(([, definition]) => !definition.servedBy)
      .map(([name, definition]) => ({
        definition,
        path: `${contract.base}${definition.path}`,
        handler: handlers[noun]![name]!,
      })),
  );
}

/** The caller by the gateway's word; whoever comes without it is a visitor. @throws DomainError `unauthenticated` */
async function identityOf(request: IncomingMessage, { context, identityKey }: ApiOptions): Promise<Identity> {
  const token = header(request, identityHeader);
  if (token === undefined) return { actor: visitor, requestId: context.ids.next('request') };
  const identity = await verifyIdentity(token, identityKey, context.clock.now());
  // The gateway signs for an actor, not for each request: the request's own id is beside the token.
  return { ...identity, requestId: header(request, 'x-request-id') ?? identity.requestId };
}

/** @throws DomainError `unauthenticated`, `forbidden` */
function admit({ access }: RouteDefinition, { actor }: Identity): void {
  if ('anyone' in access) return;
  if (actor.kind === 'visitor') {
    throw new DomainError('unauthenticated', 'This needs credentials.', {
      fix: 'Send an API key as `Authorization: Bearer msk_…`, or log in.',
    });
  }
  if ('scope' in access && !actor.scopes.has(access.scope)) {
    throw new DomainError('forbidden', `This needs the scope ${access.scope}.`, {
      fix: `Use credentials with ${access.scope}, or ask an owner of your organization for the role.`,
      details: { scope: access.scope },
    });
  }
}

async function respond(
  served: Served,
  request: Request,
  response: Response,
  identity: Identity,
  options: ApiOptions,
): Promise<void> {
  const { definition, handler } = served;
  if (definition.stream === 'websocket') {
    throw new DomainError('invalid_request', 'This address is for a WebSocket.', {
      fix: 'Ask for an upgrade: `Connection: Upgrade`, `Upgrade: websocket`.',
    });
  }
  const call = callOf(definition, request, request.params, request.query, identity);
  if (definition.stream) {
    const gone = new AbortController();
    if (response.closed) gone.abort();
    else response.once('close', () => gone.abort());
    await handler(call, { request, response, closed: AbortSignal.any([gone.signal, options.signal]) });
    return;
  }

  const key = takesIdempotencyKey(definition) ? idempotencyKey(request) : undefined;
  const run = (idempotencyId: string | undefined) => perform(served, { ...call, idempotencyId });
  if (key === undefined) return send(request, response, served, await run(undefined));

  const { context, log } = options;
  const store = { db: context.db, clock: context.clock, log };
  const { organizationId } = identity.actor;
  const route = `${definition.method} ${served.path}`;
  const answer = await answerOnce(
    store,
    { organizationId, key, route, content: [request.params, request.query, request.body ?? null] },
    async (id) => {
      try {
        return { ...(await run(id)), keep: true };
      } catch (error) {
        const problem = toProblem(error, identity.requestId, log);
        return { status: problem.status, body: problem, keep: problem.status < 500 && problem.code !== 'conflict' };
      }
    },
  );
  if (answer.replayed) response.setHeader('idempotent-replayed', 'true');
  if (answer.status >= 400) return sendProblem(response, answer.body as { status: number });
  send(request, response, served, answer);
}

function callOf(
  definition: RouteDefinition,
  request: IncomingMessage & { body?: unknown },
  params: unknown,
  query: unknown,
  { actor, requestId }: Identity,
): Call {
  // An action without required members may be sent without a body.
  return {
    ...parseRequest(definition, { params, query, body: request.body ?? {} }),
    actor,
    requestId,
    identityToken: header(request, identityHeader),
    expectedVersion: definition.versioned ? expectedVersion(header(request, 'if-match')) : undefined,
    idempotencyId: undefined,
  };
}

/** Runs the handler, and encodes its answer by the contract: what the contract does not name stays inside. */
async function perform({ definition, handler }: Served, call: Call): Promise<KeptAnswer> {
  const answer = await handler(call);
  if (!definition.answer) return { status: 204, body: undefined };
  return { status: definition.status ?? 200, body: z.encode(definition.answer, answer) };
}

function send(request: Request, response: Response, { definition }: Served, { status, body }: KeptAnswer): void {
  if (body === undefined) return void response.status(status).end();
  const version = definition.versioned ? (body as { version: number }).version : undefined;
  sendJson(request, response, status, JSON.stringify(body), version);
}

function sendJson(request: Request, response: Response, status: number, body: string, version?: number): void {
  // Always asked for again, and answered with 304 when it is the same.
  response.setHeader('cache-control', 'private, no-cache');
  if (status === 200 && (request.method === 'GET' || request.method === 'HEAD' || version !== undefined)) {
    const etag = etagOf(body, version);
    response.setHeader('etag', etag);
    if (request.method !== 'PATCH' && isUnchanged(header(request, 'if-none-match'), etag)) {
      return void response.status(304).end();
    }
  }
  response.status(status).type('application/json').send(body);
}

function sendProblem(response: Response, problem: { status: number }): void {
  if (problem.status === errorCodes.unavailable.status) response.setHeader('retry-after', '1');
  response
    .status(problem.status)
    .setHeader('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

/** @throws DomainError `unsupported_media_type` */
function checkMediaType(request: IncomingMessage): void {
  const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length']) > 0;
  if (hasBody && !isJson(request)) {
    throw new DomainError('unsupported_media_type', 'The body must be JSON.', {
      fix: 'Send it with `Content-Type: application/json`.',
    });
  }
}

function isJson(request: IncomingMessage): boolean {
  return /^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '');
}

/** @throws DomainError `invalid_request` */
function idempotencyKey(request: IncomingMessage): string | undefined {
  const key = header(request, 'idempotency-key');
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw wrongFields([{ path: 'header.Idempotency-Key', message: 'must be 1 to 255 visible ASCII characters' }]);
  }
  return key;
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Answers requests to become a WebSocket; a refusal is a plain HTTP answer, as the protocol has it. */
function upgradeTo(served: Served[], options: ApiOptions): Api['upgrade'] {
  const sockets = served
    .filter(({ definition }) => definition.stream === 'websocket')
    .map((each) => ({
      ...each,
      pattern: new RegExp(`^${each.path.replace(/[.]/g, '\\.').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    }));

  async function open(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const found = sockets
      .map((each) => ({ each, match: each.pattern.exec(url.pathname) }))
      .find(({ match }) => match !== null);
    if (!found) throw new DomainError('not_found', 'There is no WebSocket at this address.');
    const identity = await identityOf(request, options);
    const { definition, handler } = found.each;
    admit(definition, identity);
    const query: Record<string, string | string[]> = {};
    for (const name of new Set(url.searchParams.keys())) {
      const values = url.searchParams.getAll(name);
      query[name] = values.length === 1 ? values[0]! : values;
    }
    const call = callOf(definition, request, { ...found.match!.groups }, query, identity);
    const trace = { traceparent: continueTrace(header(request, 'traceparent')), requestId: identity.requestId };
    await withTrace(trace, () => handler(call, { request, socket, head }));
  }

  return (request, socket, head) => {
    // A socket that breaks is its peer's affair; without a listener it would end the process.
    socket.on('error', () => socket.destroy());
    open(request, socket, head).catch((error) => {
      if (socket.destroyed) return;
      const problem = toProblem(error, options.context.ids.next('request'), options.log);
      const response = new ServerResponse(request);
      response.assignSocket(socket as never);
      response.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' });
      response.end(JSON.stringify(problem), () => socket.end());
    });
  };
}

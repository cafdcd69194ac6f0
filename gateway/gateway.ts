/** The gateway: firewall → authentication → rate limit → audit → proxy, the same for requests and WebSocket handshakes. */
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { continueTrace, DomainError, type Logger, type Registry, withTrace } from '@muster/common';
import type { Context } from '@muster/db';
import express, {
  type Application,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import helmet from 'helmet';
import type { Redis } from 'ioredis';
import { Audit } from './audit.ts';
import { Authentication } from './authentication.ts';
import type { GatewayConfig } from './config.ts';
import { credentialRoutes, credentials } from './credentials.ts';
import { firewall, Networks } from './firewall.ts';
import { Identities } from './identity.ts';
import { Limits, networkOf } from './limits.ts';
import { Metrics } from './metrics.ts';
import { pageFeatures, pageSecurity } from './policy.ts';
import { Principals } from './principals.ts';
import { refusalOf } from './problem.ts';
import { ReverseProxy } from './proxy.ts';
import { type Destination, isChange, mayHaveBody, pathOf } from './seen.ts';
import { close, listen, portOf, upgrades } from './servers.ts';
import { csrf, sessions } from './sessions.ts';
import { accessTokenKey } from './tokens.ts';
import { web } from './web.ts';

export interface GatewayParts {
  config: GatewayConfig & { MUSTER_IDENTITY_PRIVATE_KEY: KeyObject };
  context: Context;
  redis: Redis;
  registry: Registry;
  log: Logger;
}

export interface Gateway {
  port: number;
  /** Of the mutual TLS listener, when it is configured. */
  workersPort: number | undefined;
  close(): Promise<void>;
}

/** Starts a gateway that listens. @throws Error of the system when a port is taken */
export async function startGateway({ config, context, redis, registry, log }: GatewayParts): Promise<Gateway> {
  const metrics = new Metrics(registry, redis);
  const audit = new Audit(context, log);
  const limits = new Limits(redis, config, metrics);
  const principals = new Principals(context);
  const identities = new Identities(context, config.MUSTER_IDENTITY_PRIVATE_KEY);
  const proxy = new ReverseProxy(config, principals, identities, audit, metrics, log);
  const secret = config.MUSTER_SESSION_SECRET;
  const authentication = new Authentication(context, principals, sessions(redis, config), secret);
  const trusted = new Networks(config.MUSTER_TRUSTED_PROXIES);

  /** Steps before authentication, which every listener has. */
  const application = (): Application => {
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('query parser', 'simple');
    app.set('trust proxy', (address: string) => trusted.has(address));
    app.use(begin, helmet(pageSecurity(isSecure(config))), pageFeatures, firewall(config));
    return app;
  };

  /** Names the request, and tells of it when it is over. */
  const begin: RequestHandler = (request, response, next) => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && /^[\w.-]{8,64}$/.test(given) ? given : context.ids.next('request');
    request.seen = {
      requestId,
      startedAt: process.hrtime.bigint(),
      address: (request.ip ?? '').replace(/^::ffff:/, ''),
      destination: destinationOf(pathOf(request)),
      principal: undefined,
      upgrade: upgrades.get(request),
      forwarded: undefined,
    };
    response.setHeader('x-request-id', requestId);
    response.once('close', () => {
      const seconds = Number(process.hrtime.bigint() - request.seen.startedAt) / 1e9;
      const { destination, principal } = request.seen;
      const status = response.headersSent ? response.statusCode : 499;
      metrics.duration.observe({ method: request.method, route: destination, status: String(status) }, seconds);
      log[isChange(request) || status >= 400 ? 'info' : 'debug'](
        { requestId, method: request.method, path: pathOf(request), status, seconds, actorId: principal?.actor.id },
        'request',
      );
    });
    const traceparent = continueTrace(request.headers.traceparent as string | undefined);
    request.headers.traceparent = traceparent;
    withTrace({ traceparent, requestId }, next);
  };

  /** A refusal of credentials is counted: who tries many is answered without a word on whether one was right. */
  const countFailures = (authenticate: RequestHandler): RequestHandler => {
    return async (request, response, next) => {
      try {
        await authenticate(request, response, next);
      } catch (error) {
        if (error instanceof DomainError && error.code === 'unauthenticated') {
          metrics.authenticationFailures.inc({ credential: request.headers.authorization ? 'bearer' : 'certificate' });
          limits.settle(response, [await limits.failures.count(networkOf(request.seen.address))]);
        }
        throw error;
      }
    };
  };

  const refuse = async (error: unknown, request: Request, response: Response, _next: NextFunction): Promise<void> => {
    const refusal = refusalOf(error, request.seen.requestId, log);
    await audit.refused(request, refusal);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // A body that was not read would be taken for the next request.
    const unread = mayHaveBody(request) && !request.complete;
    response
      .writeHead(refusal.status, { ...refusal.headers, ...(unread && { connection: 'close' }) })
      .end(refusal.body);
  };

  const own = credentials({
    context,
    principals,
    authentication,
    limits,
    audit,
    metrics,
    accessTokenKey: accessTokenKey(secret),
  });
  const pages = web(config.MUSTER_WEB_ROOT);
  const app = application();
  app.use((request, response, next) => (request.seen.destination === 'web' ? pages(request, response, next) : next()));
  app.use(countFailures(authentication.middleware), limits.middleware, sameOrigin, csrf);
  app.use((request, response, next) =>
    request.seen.destination === 'gateway' ? own(request, response, next) : next(),
  );
  app.use(admits, audit.middleware, proxy.pass, refuse);

  const workersApp = application();
  workersApp.use(onlyForWorkers, countFailures(authentication.worker), limits.middleware, ownsItsRoute);
  workersApp.use(audit.middleware, proxy.pass, refuse);

  const parts = { config, ids: context.ids, log };
  const server = await listen(parts, app, config.MUSTER_GATEWAY_PORT, publicTls(config));
  const mutualTls = workersTls(config);
  const workersServer = mutualTls && (await listen(parts, workersApp, config.MUSTER_GATEWAY_WORKERS_PORT, mutualTls));
  return {
    port: portOf(server),
    workersPort: workersServer && portOf(workersServer),
    close: async () => {
      const closed = Promise.all([close(server), workersServer && close(workersServer)]);
      proxy.close();
      await closed;
    },
  };
}

const prefixes: [prefix: string, Destination][] = [
  ['/private/v1/agent', 'agent'],
  ['/private/v1', 'private'],
  ['/internal/v1', 'internal'],
  ['/v1', 'public'],
];

function destinationOf(path: string): Destination {
  if (path in credentialRoutes) return 'gateway';
  return prefixes.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? 'web';
}

/** Browsers open WebSockets to any site with its cookies, and only say from where. */
function sameOrigin(request: Request, _response: Response, next: NextFunction): void {
  const { upgrade, principal } = request.seen;
  if (upgrade && principal?.credential === 'session') {
    const { origin, host } = request.headers;
    if (origin === undefined || !URL.canParse(origin) || new URL(origin).host !== host) {
      throw new DomainError('forbidden', 'A WebSocket with a session is only opened from our own pages.');
    }
  }
  next();
}

/** What a kind of caller may not even ask; the APIs then check each route's scope. */
function admits(request: Request, _response: Response, next: NextFunction): void {
  const { destination, principal } = request.seen;
  if (destination === 'agent') {
    throw new DomainError('not_found', 'Agents connect by mutual TLS, at the address that enrolment gave them.');
  }
  if (destination === 'internal' && principal && !principal.actor.scopes.has('operator:read')) {
    throw new DomainError('forbidden', 'The internal API is for operators.');
  }
  next();
}

const enrolment = '/private/v1/enrolments';
const renewal = '/private/v1/certificates/renew';

function onlyForWorkers(request: Request, _response: Response, next: NextFunction): void {
  const path = pathOf(request);
  if (request.seen.destination !== 'agent' && path !== enrolment && path !== renewal) {
    throw new DomainError('not_found', 'Only agents are served here.');
  }
  next();
}

function ownsItsRoute(request: Request, _response: Response, next: NextFunction): void {
  if (!request.seen.principal && pathOf(request) !== enrolment) {
    throw new DomainError('unauthenticated', 'A client certificate is needed.', { fix: 'Enrol the machine first.' });
  }
  next();
}

function publicTls(config: GatewayConfig) {
  const { MUSTER_TLS_CERTIFICATE_FILE: certificate, MUSTER_TLS_KEY_FILE: key } = config;
  return certificate && key ? { cert: readFileSync(certificate), key: readFileSync(key) } : undefined;
}

function workersTls(config: GatewayConfig) {
  const {
    MUSTER_GATEWAY_WORKERS_CERTIFICATE: cert,
    MUSTER_GATEWAY_WORKERS_KEY: key,
    MUSTER_CA_CERTIFICATE: ca,
  } = config;
  // Enrolment comes without a certificate; every other route asks for one that was verified.
  return cert && key && ca ? { cert, key, ca, requestCert: true, rejectUnauthorized: false } : undefined;
}

/** Browsers reach us by TLS: our own, or that of a proxy in front. */
function isSecure(config: GatewayConfig): boolean {
  return config.MUSTER_TLS_CERTIFICATE_FILE !== undefined || config.MUSTER_TRUSTED_PROXIES.length > 0;
}

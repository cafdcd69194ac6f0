/** The last step: what was let through goes on to a service, streaming in both directions, with the gateway's word on who calls. */
import { Agent as HttpAgent, type IncomingMessage, ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { identityHeader } from '@muster/api-http';
import { DomainError, type Logger } from '@muster/common';
import type { Request, Response } from 'express';
import { createProxyMiddleware, type Plugin, type RequestHandler } from 'http-proxy-middleware';
import type { Audit } from './audit.ts';
import type { GatewayConfig } from './config.ts';
import { tooLarge } from './firewall.ts';
import type { Identities } from './identity.ts';
import type { Metrics } from './metrics.ts';
import type { Principals } from './principals.ts';
import { refusalOf, refuseOnSocket } from './problem.ts';
import { type Destination, onceOver, unavailable } from './seen.ts';

type Upstream = Exclude<Destination, 'gateway' | 'web'>;

/** What is the caller's business with the gateway only, or would be taken for the gateway's own word. */
const dropped =
  /^(authorization|cookie|proxy-.*|expect|te|forwarded|x-forwarded-.*|x-real-ip|x-csrf-token|x-muster-.*)$/;

/** The service does not run, or not yet again. */
const notThere = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

export class ReverseProxy {
  #config: GatewayConfig;
  #principals: Principals;
  #identities: Identities;
  #audit: Audit;
  #metrics: Metrics;
  #log: Logger;
  #agents: { http: HttpAgent; https: HttpsAgent };
  #upstreams: Record<Upstream, RequestHandler>;
  #webSockets = new Set<Socket>();

  constructor(
    config: GatewayConfig,
    principals: Principals,
    identities: Identities,
    audit: Audit,
    metrics: Metrics,
    log: Logger,
  ) {
    this.#config = config;
    this.#principals = principals;
    this.#identities = identities;
    this.#audit = audit;
    this.#metrics = metrics;
    this.#log = log;
    const keep = { keepAlive: true, maxFreeSockets: 256 };
    this.#agents = { http: new HttpAgent(keep), https: new HttpsAgent(keep) };
    this.#upstreams = {
      public: this.#upstream(config.MUSTER_PUBLIC_URL),
      private: this.#upstream(config.MUSTER_PRIVATE_URL),
      internal: this.#upstream(config.MUSTER_INTERNAL_URL),
      agent: this.#upstream(config.MUSTER_NODE_BRIDGE_URL),
    };
  }

  /** Passes a request or a WebSocket handshake on to where it goes. */
  pass = async (request: Request, response: Response): Promise<void> => {
    const { destination, upgrade, requestId, address } = request.seen;
    const forward = this.#upstreams[destination as Upstream];
    const { headers } = request;
    for (const name of Object.keys(headers)) if (dropped.test(name)) delete headers[name];
    // The hop's own: a client could otherwise name headers of ours in it, to have them removed on the way.
    headers.connection = upgrade ? 'Upgrade' : 'keep-alive';
    headers[identityHeader] = await this.#identities.of(request.seen);
    headers['x-request-id'] = requestId;
    headers['x-forwarded-for'] = address;
    headers['x-forwarded-proto'] = request.protocol;
    if (headers.host) headers['x-forwarded-host'] = headers.host;
    if (upgrade) {
      const socket = upgrade.socket as Socket;
      response.detachSocket(socket);
      this.#count(socket);
      this.#endWith(request, response, socket);
      forward.upgrade(request, socket, upgrade.head);
    } else {
      if (headers['transfer-encoding'] !== undefined) this.#limitStream(request, response);
      this.#endWith(request, response, response);
      await forward(request, response);
    }
  };

  /** Ends open WebSockets and idle connections. */
  close(): void {
    for (const socket of this.#webSockets) socket.destroy();
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }

  #upstream(target: string): RequestHandler {
    const agent = target.startsWith('https:') ? this.#agents.https : this.#agents.http;
    const plugin = ((proxy) => {
      proxy.on('proxyReq', (forwarded, request) => {
        request.seen.forwarded = forwarded;
        forwarded.setTimeout(this.#config.MUSTER_UPSTREAM_TIMEOUT_MS, () => forwarded.destroy(new Error('no answer')));
      });
      proxy.on('proxyRes', (answer, request, response) => {
        // From here on it may be silent, as a log is that is followed.
        request.seen.forwarded?.setTimeout(0);
        answer.headers.connection = response.shouldKeepAlive ? 'keep-alive' : 'close';
        delete answer.headers['keep-alive'];
        // A stream that is silent at first shall be seen to have begun.
        if (answer.headers['content-length'] === undefined) response.once('pipe', () => response.flushHeaders());
        if (answer.statusCode === 401) void this.#audit.refused(request, { code: 'unauthenticated' });
        if (answer.statusCode === 403) void this.#audit.refused(request, { code: 'forbidden' });
      });
      proxy.on('error', (error, request, to) => this.#failed(error, request!, to as Response | Socket));
    }) satisfies Plugin<Request, Response>;
    return createProxyMiddleware<Request, Response>({
      target,
      agent,
      ejectPlugins: true,
      plugins: [plugin],
    }) as unknown as RequestHandler;
  }

  /** A body of unknown length is counted while it streams. */
  #limitStream(request: Request, response: Response): void {
    let bytes = 0;
    // Paused until it is piped on, so that nothing is read before.
    request.pause();
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= this.#config.MUSTER_MAX_BODY_BYTES || response.headersSent) return;
      request.unpipe();
      this.#refuse(tooLarge(this.#config), request, response);
      request.seen.forwarded?.destroy();
    });
  }

  #failed(error: Error & { code?: string }, request: Request, to: Response | Socket): void {
    // The caller went away, or has been refused: nobody is left to tell.
    if (to.destroyed || (to instanceof ServerResponse && to.writableEnded)) return;
    const { destination } = request.seen;
    this.#metrics.upstreamErrors.inc({ route: destination });
    this.#log.warn({ err: error, destination, requestId: request.seen.requestId }, 'a service did not answer');
    const fix = 'Try again in a few seconds.';
    const refusal = notThere.has(error.code ?? '')
      ? unavailable('The service is not running just now.', fix, error)
      : new DomainError('bad_gateway', 'The service broke off, or did not answer in time.', { fix, cause: error });
    this.#refuse(refusal, request, to);
  }

  #refuse(error: DomainError, request: IncomingMessage & { seen: Request['seen'] }, to: Response | Socket): void {
    const refusal = refusalOf(error, request.seen.requestId, this.#log);
    if (!(to instanceof ServerResponse)) refuseOnSocket(to, refusal);
    // What has begun can only be cut off, so that the caller sees that it is not whole.
    else if (to.headersSent) to.destroy();
    else to.writeHead(refusal.status, { ...refusal.headers, connection: 'close' }).end(refusal.body);
  }

  /**
   * What lasts ends with the credential that began it: shells, logs that are followed, the feed. An agent's connection does
   * not: its certificate is replaced while it stands, and a blocked worker still has pods to end.
   */
  #endWith(request: Request, response: Response, stream: Socket | Response): void {
    const { principal } = request.seen;
    if (!principal || principal.credential === 'certificate') return;
    const look = setInterval(() => {
      this.#principals.holds(principal).then(
        (good) => good || stream.destroy(),
        // That it cannot be told just now is no reason to end it.
        () => {},
      );
    }, this.#config.MUSTER_RECHECK_MS);
    onceOver(request, response, () => clearInterval(look));
  }

  #count(socket: Socket): void {
    this.#webSockets.add(socket);
    this.#metrics.webSockets.inc();
    socket.once('close', () => {
      this.#webSockets.delete(socket);
      this.#metrics.webSockets.dec();
    });
  }
}

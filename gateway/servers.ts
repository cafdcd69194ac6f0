/** The listeners: limits on how slowly and how large a request may come, and WebSocket handshakes through the same steps as requests. */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions as TlsOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DomainError, type Ids, type Logger } from '@muster/common';
import type { Application } from 'express';
import type { GatewayConfig } from './config.ts';
import { refusalOf, refuseOnSocket } from './problem.ts';

export interface ListenerParts {
  config: GatewayConfig;
  ids: Ids;
  log: Logger;
}

/** A handshake's connection, for the steps that it passes as a request. */
export const upgrades = new WeakMap<IncomingMessage, { socket: Duplex; head: Buffer }>();

/** Starts a listener for an application. @param tls when it is to speak HTTPS */
export async function listen(
  { config, ids, log }: ListenerParts,
  application: Application,
  port: number,
  tls?: TlsOptions,
): Promise<Server> {
  const options = {
    maxHeaderSize: config.MUSTER_MAX_HEADER_BYTES,
    headersTimeout: config.MUSTER_HEADERS_TIMEOUT_MS,
    requestTimeout: config.MUSTER_REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: Math.min(1_000, config.MUSTER_HEADERS_TIMEOUT_MS),
    // Longer than load balancers keep theirs, so that none sends on a connection that is being closed.
    keepAliveTimeout: 75_000,
    noDelay: true,
  };
  const server = tls ? createTlsServer({ ...options, ...tls }, application) : createServer(options, application);
  // The firewall counts them; Node would drop those beyond a limit without a word.
  server.maxHeadersCount = 0;

  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    // Not `end`: who was refused could keep its half open for as long as it likes.
    response.on('finish', () => socket.destroySoon());
    upgrades.set(request, { socket, head });
    application(request, response);
  });
  server.on('clientError', (error: Error & { code?: string }, socket: Duplex & { _httpMessage?: ServerResponse }) => {
    if (error.code === 'ECONNRESET' || socket._httpMessage?.headersSent) {
      socket.destroy();
      return;
    }
    const [refusal, status] = refusalOfClientError(error.code);
    refuseOnSocket(socket, refusalOf(refusal, ids.next('request'), log, status));
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, config.MUSTER_GATEWAY_HOST, resolve);
  });
  return server;
}

export function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Lets requests in progress end, for 5 s at most. */
export async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), 5_000);
  await closed;
  clearTimeout(cut);
}

/** What Node's parser found wrong, as a refusal and the status that says it best. */
function refusalOfClientError(code: string | undefined): [DomainError, number?] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [new DomainError('headers_too_large', 'The headers are larger than is admitted.')];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [new DomainError('invalid_request', 'The request did not arrive in time.'), 408];
    default:
      return [new DomainError('invalid_request', 'This is not HTTP as it must be.')];
  }
}

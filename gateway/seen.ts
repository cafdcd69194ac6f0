/** What the gateway knows of a request, gathered step by step. */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Actor, DomainError } from '@muster/common';
import { internalApi, privateApi, publicApi, type RouteDefinition } from '@muster/contract';

/** Who was authenticated, and by what. */
export interface Principal {
  actor: Actor;
  credential: 'session' | 'api_key' | 'access_token' | 'certificate';
  /** Of the session or API key; the serial number of a certificate. */
  credentialId: string;
}

/** Where a request goes: to a service behind the gateway, to the gateway itself, or to the web. */
export type Destination = 'public' | 'private' | 'internal' | 'agent' | 'gateway' | 'web';

export interface Seen {
  requestId: string;
  startedAt: bigint;
  /** Of the caller, through trusted proxies; an IPv4 address never as `::ffff:…`. */
  address: string;
  destination: Destination;
  /** Undefined before authentication, and for visitors. */
  principal: Principal | undefined;
  /** The raw connection of a WebSocket handshake. */
  upgrade: { socket: Duplex; head: Buffer } | undefined;
  /** The request to the service behind, once there is one. */
  forwarded: ClientRequest | undefined;
}

declare global {
  namespace Express {
    interface Request {
      seen: Seen;
    }
    interface User extends Principal {}
  }
}

/**
 * Calls once a request is over: when its answer is closed or its connection is, and at once when that has happened already. An
 * answer that waits behind another on a connection is never closed itself, and a WebSocket has only the connection.
 */
export function onceOver(request: IncomingMessage & { seen: Seen }, response: ServerResponse, over: () => void): void {
  const { socket } = request;
  const end = () => {
    socket.off('close', end);
    response.off('close', end);
    over();
  };
  if (socket.destroyed || response.destroyed) {
    over();
    return;
  }
  // As many as there are requests waiting on the connection.
  socket.setMaxListeners(0);
  socket.once('close', end);
  if (!request.seen.upgrade) response.once('close', end);
}

/** The path without the query string, which may hold what should not be kept. */
export function pathOf(request: Pick<IncomingMessage, 'url'> & { originalUrl?: string }): string {
  const url = request.originalUrl ?? request.url ?? '/';
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

/** The paths of questions that need a body: asked by POST, they change nothing. */
const questions = new Set(
  [publicApi, privateApi, internalApi].flatMap(({ base, routes }) =>
    Object.values<Record<string, RouteDefinition>>(routes)
      .flatMap((named) => Object.values(named))
      .flatMap(({ asks, path }) => (asks ? [`${base}${path}`] : [])),
  ),
);

/** Whether the request may come with a body. */
export function mayHaveBody(request: IncomingMessage): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD';
}

/** Whether the request changes something. */
export function isChange(request: IncomingMessage): boolean {
  return mayHaveBody(request) && !(request.method === 'POST' && questions.has(pathOf(request)));
}

export const unavailable = (what: string, fix: string, cause?: unknown) =>
  new DomainError('unavailable', what, { fix, cause });

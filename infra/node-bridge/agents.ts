/** Where the gateway brings agents: a WebSocket server that takes only workers that the gateway vouches for. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connectPath, maxFrameBytes } from '@muster/agent';
import { type Actor, DomainError, errorCodes, isDomainError, type Logger } from '@muster/common';
import { WebSocketServer } from 'ws';
import type { Bridge } from './bridge.ts';

/** Who calls, by the gateway's signed word. @throws DomainError `unauthenticated`; `forbidden` for who may not connect here */
export type Authenticate = (request: IncomingMessage) => Promise<Actor>;

/** The HTTP server; the caller listens and closes. */
export function createAgentServer(bridge: Bridge, authenticate: Authenticate, log: Logger): Server {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, perMessageDeflate: false });
  const server = createServer((_, response) => response.writeHead(426, { upgrade: 'websocket' }).end());
  server.on('upgrade', async (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    try {
      const actor = await authenticate(request);
      const path = new URL(request.url ?? '/', 'http://bridge').pathname;
      if (path !== connectPath) return void socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      if (actor.kind !== 'worker' || !actor.scopes.has('agent:connect')) {
        throw new DomainError('forbidden', 'Only agents connect here.');
      }
      sockets.handleUpgrade(request, socket, head, (client) => {
        bridge.accept(actor.id, actor.organizationId, client).catch((error) => {
          log.error({ err: error, workerId: actor.id }, 'an agent could not be served');
          client.terminate();
        });
      });
    } catch (error) {
      const refusal = isDomainError(error) ? errorCodes[error.code] : errorCodes.internal;
      if (isDomainError(error)) log.info({ code: error.code, why: error.message }, 'an agent was refused');
      else log.error({ err: error }, 'an agent could not be admitted');
      socket.end(`HTTP/1.1 ${refusal.status} ${refusal.title}\r\nconnection: close\r\n\r\n`);
    }
  });
  return server;
}

/** What an API is made of beside its contract: one handler per route, typed by it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer, Call, Contract, RouteDefinition } from '@muster/contract';

/** Where a stream is written to. `closed` is aborted when the caller goes or the process stops. */
export interface StreamReply {
  request: IncomingMessage;
  response: ServerResponse;
  closed: AbortSignal;
}

/** A request to become a WebSocket, as Node's HTTP server hands it over. */
export interface UpgradeReply {
  request: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

type Handler<Definition extends RouteDefinition> = Definition extends { stream: 'websocket' }
  ? (call: Call<Definition>, reply: UpgradeReply) => Promise<void>
  : Definition extends { stream: string }
    ? (call: Call<Definition>, reply: StreamReply) => Promise<void>
    : (call: Call<Definition>) => Promise<Answer<Definition>>;

type Served<Routes> = {
  [Name in keyof Routes as Routes[Name] extends { servedBy: string } ? never : Name]: Routes[Name];
};

/** One function per route of a noun: a missing or misnamed one does not compile. */
export type Handlers<Routes extends Record<string, RouteDefinition>> = {
  [Name in keyof Served<Routes>]: Handler<Routes[Name]>;
};

export type ApiHandlers<Api extends Contract> = { [Noun in keyof Api['routes']]: Handlers<Api['routes'][Noun]> };

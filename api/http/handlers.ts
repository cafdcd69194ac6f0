/** What an API is made of beside its contract: one handler per route, typed by it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Actor } from '@muster/common';
import type { Contract, RouteDefinition } from '@muster/contract';
import type { z } from 'zod';

/** What a handler is given: everything parsed, and the caller as the gateway vouched for it. */
export interface Call<Definition extends RouteDefinition = RouteDefinition> {
  actor: Actor;
  params: Definition extends { params: z.ZodType } ? z.output<Definition['params']> : Record<never, never>;
  query: Definition extends { query: z.ZodType } ? z.output<Definition['query']> : Record<never, never>;
  body: Definition extends { body: z.ZodType } ? z.output<Definition['body']> : undefined;
  requestId: string;
  /** The gateway's word on who calls, to be passed on to Muster's own processes; undefined for a visitor. */
  identityToken: string | undefined;
  /** The version that `If-Match` names, on a route that is `versioned`. */
  expectedVersion: number | undefined;
  /**
   * The ULID of the request that an `Idempotency-Key` stands for, the same at every attempt. A domain that names what it
   * makes by it (`clu_<ulid>`) makes one thing, even if a process died between commit and answer.
   */
  idempotencyId: string | undefined;
}

type Answer<Definition extends RouteDefinition> = Definition extends { answer: z.ZodType }
  ? z.output<Definition['answer']>
  : // biome-ignore lint/suspicious/noConfusingVoidType: a handler without an answer returns nothing, as functions do
    void;

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

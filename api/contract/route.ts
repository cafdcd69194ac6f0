/** What a route is: a value from which validation, the OpenAPI document, the typed client and the handlers' types derive. */
import type { ErrorCode, Scope } from '@muster/common';
import type { z } from 'zod';

/** Who may call a route. There is no default: a route that names no rule does not compile. */
export type Access = { anyone: true } | { signedIn: true } | { scope: Scope };

/** What a route answers when it is not one JSON document. */
export type Stream = 'text/plain' | 'text/event-stream' | 'text/csv' | 'websocket';

export interface RouteDefinition {
  method: 'get' | 'post' | 'patch' | 'delete';
  /** Below the API's base, with parameters in braces: `/clusters/{clusterId}`. */
  path: `/${string}`;
  summary: string;
  description?: string;
  access: Access;
  params?: z.ZodObject;
  query?: z.ZodObject;
  /** Always `application/json`. */
  body?: z.ZodObject;
  /** None: the answer is empty (204), or a stream. */
  answer?: z.ZodType;
  /** The status of success; 200, or 204 without an answer. */
  status?: 201 | 202;
  stream?: Stream;
  /** Its events have ids, and `Last-Event-ID` goes on after one of them. */
  resumable?: true;
  /** Refusals of its own, beside those that every route may answer with. */
  errors: readonly ErrorCode[];
  /** The answer holds a secret that is shown once: it is never stored, so the route takes no `Idempotency-Key`. */
  shownOnce?: true;
  /** The answer has a `version`, which its ETag carries and `If-Match` may ask for. */
  versioned?: true;
  /** A question that needs a body: asked by POST, it changes nothing, so it is not audited and needs no CSRF token. */
  asks?: true;
  /** Answered before it reaches an API: part of the contract, but without a handler here. */
  servedBy?: 'gateway' | 'node-bridge';
}

/** Names a route's type exactly, and checks it. */
export function route<const Definition extends RouteDefinition>(definition: Definition): Definition {
  return definition;
}

/** The routes of one API, by noun and name: `contract.clusters.create`. */
export interface Contract {
  /** Where the gateway serves it: `/v1`. */
  base: `/${string}`;
  title: string;
  description: string;
  routes: Record<string, Record<string, RouteDefinition>>;
}

/** The names of the parameters in a path, in order. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Whether a route takes an `Idempotency-Key`: whatever changes something by POST, but for answers that are never stored. */
export function takesIdempotencyKey({ method, access, shownOnce, servedBy, stream, asks }: RouteDefinition): boolean {
  return method === 'post' && !('anyone' in access) && !shownOnce && !servedBy && !stream && !asks;
}

/** Every code that a route may refuse with: its own, and those that follow from what it is. */
export function errorsOf(definition: RouteDefinition): ErrorCode[] {
  const { params, query, body, access, errors, versioned, method } = definition;
  const takesKey = takesIdempotencyKey(definition);
  return [
    ...new Set<ErrorCode>([
      ...errors,
      ...(params || query || body || takesKey ? (['invalid_request'] as const) : []),
      ...(body ? (['too_large', 'unsupported_media_type'] as const) : []),
      ...('anyone' in access ? [] : (['unauthenticated'] as const)),
      ...('scope' in access ? (['forbidden'] as const) : []),
      ...(takesKey ? (['idempotency_conflict'] as const) : []),
      ...(versioned && method === 'patch' ? (['precondition_failed'] as const) : []),
      'blocked',
      'rate_limited',
      'internal',
      'unavailable',
    ]),
  ];
}

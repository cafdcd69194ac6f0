/**
 * A pool's Kubernetes API over kept-alive connections: requests, server-side apply, and streams.
 *
 * The client library reads the kubeconfig and gives the types; its generated calls make a client per kind and parse every
 * answer into classes, which costs more than the API server's own work when a thousand pods are made.
 */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request as send } from 'node:https';
import { KubeConfig, type V1ObjectMeta } from '@kubernetes/client-node';
import WebSocket from 'ws';

/** The name under which this orchestrator owns fields. */
const fieldManager = 'muster';

/** What the API server refused, in its own words. */
export class KubeError extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.name = 'KubeError';
    this.status = status;
    this.reason = reason;
  }
}

/** Whether the API server refused with this HTTP status. */
export function isKubeError(error: unknown, ...statuses: number[]): error is KubeError {
  return error instanceof KubeError && (statuses.length === 0 || statuses.includes(error.status));
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: V1ObjectMeta & { name: string };
}

type Query = Record<string, string | number | boolean | string[] | undefined>;

export interface RequestInput {
  query?: Query;
  body?: unknown;
  contentType?: string;
  /** Without a byte. */
  timeoutMs?: number;
  /** Until the answer is complete. */
  longestMs?: number;
  largestBytes?: number;
}

/** The kinds that we use are all plural in one of two ways. */
function pluralOf(kind: string): string {
  return kind.endsWith('y') ? `${kind.slice(0, -1)}ies`.toLowerCase() : `${kind}s`.toLowerCase();
}

/** The path of an object in the API. */
export function pathOf({ apiVersion, kind, metadata: { namespace, name } }: KubeObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}${namespace ? `/namespaces/${namespace}` : ''}/${pluralOf(kind)}/${name}`;
}

export interface Kube {
  /** @throws KubeError for an answer of 400 and above; an Error when there is no answer */
  request<T>(method: string, path: string, input?: RequestInput): Promise<T>;
  /** Server-side apply: the object is as described afterwards, and doing it twice changes nothing. */
  apply<T extends KubeObject>(object: T): Promise<T>;
  /** Makes an object that is never changed afterwards; one that is there already stays as it is. */
  create(object: KubeObject): Promise<void>;
  /** An answer that goes on: a watch or a log. @throws KubeError */
  open(path: string, query: Query, signal: AbortSignal): Promise<IncomingMessage>;
  /** A WebSocket to a pod: exec. */
  socket(path: string, query: Query, protocol: string): WebSocket;
  close(): void;
}

const requestTimeoutMs = 30_000;
/** Also for an answer that comes drop by drop. */
const longestRequestMs = 60_000;

/** @throws Error when the kubeconfig names no usable cluster */
export async function createKube(kubeconfig: string): Promise<Kube> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const server = config.getCurrentCluster()?.server;
  if (!server) throw new Error('The kubeconfig names no cluster.');
  const credentials: RequestOptions = {};
  await config.applyToHTTPSOptions(credentials);
  const { ca, cert, key, rejectUnauthorized, servername, headers } = credentials;
  const tls = { ca, cert, key, rejectUnauthorized, servername };
  const keepAlive = { keepAlive: true, keepAliveMsecs: 10_000 };
  // Streams last for minutes: requests must not wait behind them.
  const requests = new Agent({ ...tls, ...keepAlive, maxSockets: 48, maxFreeSockets: 48 });
  const streams = new Agent({ ...tls, ...keepAlive });
  const base = server.replace(/\/$/, '');

  async function call(agent: Agent, method: string, path: string, input: RequestInput & { signal?: AbortSignal }) {
    const body = input.body === undefined ? undefined : Buffer.from(JSON.stringify(input.body));
    const request = send(`${base}${path}${search(input.query)}`, {
      method,
      agent,
      headers: {
        ...headers,
        accept: 'application/json',
        ...(body && { 'content-type': input.contentType ?? 'application/json', 'content-length': body.length }),
      },
      ...(input.signal && { signal: input.signal }),
      ...(input.timeoutMs && { timeout: input.timeoutMs }),
    });
    request.on('timeout', () => request.destroy(new Error(`${method} ${path}: no answer in time`)));
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    request.end(body);
    const [response] = await answered;
    if ((response.statusCode ?? 500) < 400) return response;
    const text = await read(response);
    throw errorOf(response.statusCode ?? 500, text);
  }

  async function request<T>(method: string, path: string, input: RequestInput = {}): Promise<T> {
    const signal = AbortSignal.timeout(input.longestMs ?? longestRequestMs);
    const response = await call(requests, method, path, { timeoutMs: requestTimeoutMs, ...input, signal });
    return JSON.parse(await read(response, input.largestBytes)) as T;
  }

  return {
    request,
    apply: <T extends KubeObject>(object: T) =>
      request<T>('PATCH', pathOf(object), {
        query: { fieldManager, force: true },
        body: object,
        contentType: 'application/apply-patch+yaml',
      }),
    async create(object) {
      const path = pathOf(object);
      try {
        await request('POST', path.slice(0, path.lastIndexOf('/')), { query: { fieldManager }, body: object });
      } catch (error) {
        if (!isKubeError(error, 409) || error.reason !== 'AlreadyExists') throw error;
      }
    },
    open: (path, query, signal) => call(streams, 'GET', path, { query, signal }),
    socket: (path, query, protocol) =>
      new WebSocket(`${base.replace(/^http/, 'ws')}${path}${search(query)}`, protocol, {
        ...tls,
        headers: headers as Record<string, string>,
        handshakeTimeout: 10_000,
      }),
    close: () => {
      requests.destroy();
      streams.destroy();
    },
  };
}

function search(query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) parameters.append(name, String(each));
    }
  }
  return parameters.size > 0 ? `?${parameters}` : '';
}

/** A page of 500 nodes is a quarter of it. A supplier's API server could send without end, to a process that all pools share. */
const largestAnswerBytes = 64 * 1024 * 1024;

async function read(response: IncomingMessage, largestBytes = largestAnswerBytes): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > largestBytes) throw new Error('an answer of the pool is too large');
  }
  return Buffer.concat(chunks).toString('utf8');
}

function errorOf(status: number, text: string): KubeError {
  try {
    const { reason, message } = JSON.parse(text) as { reason?: string; message?: string };
    return new KubeError(status, reason ?? String(status), message ?? text.slice(0, 500));
  } catch {
    return new KubeError(status, String(status), text.slice(0, 500));
  }
}

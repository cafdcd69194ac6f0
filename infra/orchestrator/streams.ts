/**
 * Logs and shells of customers' containers, for the APIs: only the orchestrator holds a pool's credentials.
 *
 * - `GET /streams/clusters/{clusterId}/ranks/{rank}/logs?taskId&follow&tail&since`: text, as the container wrote it
 * - `GET /streams/pools/{poolId}/held`: what the pool holds of ours, for the operator's check of the invariants
 * - `WS /streams/clusters/{clusterId}/ranks/{rank}/exec?command&tty&stdin`: frames of `v4.channel.k8s.io`, passed on as they are
 */

import type { KeyObject } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { identityHeader, toProblem, verifyIdentity } from '@muster/api-http';
import { adminGetCluster } from '@muster/clusters';
import {
  type Actor,
  continueTrace,
  DomainError,
  idPattern,
  isDomainError,
  type Logger,
  withTrace,
} from '@muster/common';
import type { Context } from '@muster/db';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { isKubeError, type KubeObject, pathOf } from './kube.ts';
import { labels } from './names.ts';
import type { Pool } from './pool.ts';

export interface StreamsOptions {
  context: Context;
  pools: { get(poolId: string): Pool | undefined };
  identityKey: KeyObject;
  log: Logger;
}

const protocol = 'v4.channel.k8s.io';
/** A shell's frames are of a few KiB. */
const largestFrameBytes = 1024 * 1024;
const poolPattern = /^\/streams\/pools\/([^/]+)\/held$/;
const pathPattern = /^\/streams\/clusters\/([^/]+)\/ranks\/(\d{1,5})\/(logs|exec)$/;
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const logQuery = z.object({
  taskId: z.string().regex(idPattern('task')).optional(),
  follow: flag,
  tail: z.coerce.number().int().min(0).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
});
const execQuery = z.object({
  command: z.array(z.string().min(1)).min(1),
  tty: flag,
  stdin: flag.default(true),
});

/** What a request asks for, once its caller is known. */
interface Target {
  pool: Pool;
  pods: V1Pod[];
  rank: string;
  query: URLSearchParams;
}

/** The server of streams; the caller listens and closes. */
export function createStreams(options: StreamsOptions): Server {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: largestFrameBytes,
    handleProtocols: (offered) => offered.has(protocol) && protocol,
  });
  const server = createServer((request, response) => {
    void traced(request, () => answer(options, request, response));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    void traced(request, () => exec(options, sockets, request, socket, head));
  });
  return server;
}

function traced(request: IncomingMessage, work: () => Promise<void>): Promise<void> {
  return withTrace({ traceparent: continueTrace(request.headers.traceparent as string | undefined) }, work);
}

async function answer(options: StreamsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => closed.abort());
  try {
    const poolId = poolPattern.exec(request.url ?? '')?.[1];
    if (poolId) await held(options, request, response, poolId);
    else await logs(options, request, response, closed.signal);
  } catch (error) {
    if (closed.signal.aborted || response.headersSent) return void response.destroy();
    const { status, body } = problemOf(options, request, error);
    response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body);
  }
}

async function held(
  options: StreamsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  poolId: string,
): Promise<void> {
  const actor = await callerOf(options, request);
  if (!actor.scopes.has('operator:read')) throw new DomainError('forbidden', 'Only operators may see whole pools.');
  const pool = options.pools.get(poolId);
  if (!pool) throw new DomainError('not_found', 'This pool is not followed.');
  const objects = await pool.held().catch((error) => {
    throw refusalOf(error);
  });
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(objects));
}

async function logs(
  options: StreamsOptions,
  request: IncomingMessage,
  response: ServerResponse,
  closed: AbortSignal,
): Promise<void> {
  const target = await admit(options, request, 'logs');
  const { taskId, follow, tail, since } = parse(logQuery, Object.fromEntries(target.query));
  const pod = taskId ? podOfTask(target, taskId) : podOfRank(target);
  const stream = await target.pool.kube
    .open(`${pathOfPod(pod)}/log`, { follow, tailLines: tail, sinceTime: since }, closed)
    .catch((error) => {
      throw refusalOf(error);
    });
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' });
  response.flushHeaders();
  await pipeline(stream, response, { signal: closed });
}

async function exec(
  options: StreamsOptions,
  sockets: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  try {
    const target = await admit(options, request, 'exec');
    const { command, tty, stdin } = parse(execQuery, {
      ...Object.fromEntries(target.query),
      command: target.query.getAll('command'),
    });
    const pod = podOfRank(target);
    const far = target.pool.kube.socket(
      `${pathOfPod(pod)}/exec`,
      { command, tty, stdin, stdout: true, stderr: !tty, container: 'main' },
      protocol,
    );
    await opened(far);
    sockets.handleUpgrade(request, socket, head, (near) => join(near, far));
  } catch (error) {
    const { status, body } = problemOf(options, request, error);
    socket.end(
      `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
}

/** @throws DomainError `unauthenticated`, `not_found` (also for another organization's cluster), `invalid_request` */
async function admit(options: StreamsOptions, request: IncomingMessage, kind: string): Promise<Target> {
  const actor = await callerOf(options, request);
  const url = new URL(request.url ?? '/', 'http://streams');
  const [, clusterId, rank, asked] = pathPattern.exec(url.pathname) ?? [];
  const pool = clusterId === undefined ? undefined : await poolOf(options, actor, clusterId);
  if (!clusterId || !rank || asked !== kind || !pool) throw new DomainError('not_found', 'There is no such stream.');
  return { pool, pods: [...pool.view.podsOf(clusterId).values()], rank, query: url.searchParams };
}

/** @throws DomainError `unauthenticated` */
async function callerOf({ identityKey, context: { clock } }: StreamsOptions, request: IncomingMessage): Promise<Actor> {
  const token = request.headers[identityHeader];
  if (typeof token !== 'string') throw new DomainError('unauthenticated', 'The caller is not named.');
  return (await verifyIdentity(token, identityKey, clock.now())).actor;
}

/**
 * The pool that has the cluster, when the actor may see it. Postgres tells both: what a pool shows is its supplier's word, who
 * could show a namespace of another's cluster and listen to its shells.
 */
async function poolOf({ context, pools }: StreamsOptions, actor: Actor, clusterId: string): Promise<Pool | undefined> {
  try {
    const { organizationId, poolId } = await adminGetCluster(context, clusterId);
    const visible = organizationId === actor.organizationId || actor.scopes.has('operator:write');
    return visible && poolId !== null ? pools.get(poolId) : undefined;
  } catch (error) {
    if (isDomainError(error, 'not_found')) return undefined;
    throw error;
  }
}

/** The newest attempt's pod of the asked rank of a task. */
function podOfTask({ pods, rank }: Target, taskId: string): V1Pod {
  const [newest] = pods
    .filter(({ metadata }) => metadata?.labels?.[labels.task] === taskId && metadata.labels[labels.rank] === rank)
    .sort((a, b) => Number(b.metadata?.labels?.[labels.attempt]) - Number(a.metadata?.labels?.[labels.attempt]));
  return started(newest);
}

/** The pod on the cluster's worker of the asked rank: its own, or else the running one of a task. */
function podOfRank({ pods, rank }: Target): V1Pod {
  const there = pods.filter(({ metadata }) => metadata?.labels?.[labels.clusterRank] === rank);
  const own = there.find(({ metadata }) => metadata?.labels?.[labels.task] === undefined);
  return started(own ?? there.find(({ status }) => status?.phase === 'Running') ?? there[0]);
}

function started(pod: V1Pod | undefined): V1Pod {
  if (!pod) throw new DomainError('not_found', 'Nothing runs there.');
  if (!pod.status?.phase || pod.status.phase === 'Pending') {
    throw new DomainError('conflict', 'The container has not started.', { fix: 'Wait until it runs.' });
  }
  return pod;
}

function pathOfPod(pod: V1Pod): string {
  return pathOf({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata as KubeObject['metadata'] });
}

function opened(far: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    far.once('open', resolve);
    far.once('error', (error) => reject(refusalOf(error)));
    far.once('unexpected-response', (_, response) => {
      response.resume();
      far.terminate();
      reject(refusalOf(new Error(`the pool answered ${response.statusCode}`)));
    });
  });
}

/** More than this under way to a slow reader, and the other side has to wait. */
const highWaterBytes = 1024 * 1024;

/** Passes frames both ways until either side ends. */
function join(near: WebSocket, far: WebSocket): void {
  for (const [from, to] of [
    [near, far],
    [far, near],
  ] as const) {
    from.on('message', (data, isBinary) => {
      to.send(data, { binary: isBinary }, () => {
        if (to.bufferedAmount < highWaterBytes) from.resume();
      });
      if (to.bufferedAmount >= highWaterBytes) from.pause();
    });
    from.on('close', () => to.close());
    from.on('error', () => to.terminate());
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, query: unknown): z.output<Schema> {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  throw new DomainError('invalid_request', z.prettifyError(parsed.error));
}

/** What the pool refused, for the caller. */
function refusalOf(error: unknown): DomainError {
  if (isKubeError(error, 404)) return new DomainError('not_found', 'Nothing runs there.', { cause: error });
  if (isKubeError(error, 400)) return new DomainError('conflict', error.message, { cause: error });
  return new DomainError('unavailable', "The cluster's pool cannot be reached just now.", {
    fix: 'Try again in a moment.',
    cause: error,
  });
}

function problemOf(
  { log }: StreamsOptions,
  request: IncomingMessage,
  error: unknown,
): { status: number; body: string } {
  const problem = toProblem(error, String(request.headers['x-request-id'] ?? 'unknown'), log);
  return { status: problem.status, body: JSON.stringify(problem) };
}

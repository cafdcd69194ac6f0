/**
 * The kubelet's API for the workers of this bridge, as the API server calls it: logs and shells, relayed over the agents'
 * connections. Only the API server gets in, by its client certificate.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Logger } from '@muster/common';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Bridge } from './bridge.ts';
import type { RemoteStream, StreamEnd } from './link.ts';

export interface KubeletOptions {
  bridge: Bridge;
  certificate: string;
  key: string;
  /** Authority of the API server's client certificate, and the common name in it. */
  clientCa: string;
  clientName: string;
  log: Logger;
}

/** Kubernetes' remote command protocol over WebSocket, version 4: one byte of channel before every message. */
const execProtocol = 'v4.channel.k8s.io';
const execChannels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

const pathPattern = /^\/(containerLogs|exec)\/([^/]+)\/([^/]+)\/([^/]+)$/;
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
const number = z.coerce.number().int().min(0);
const logsQuery = z.object({
  follow: flag.default(false),
  previous: flag.default(false),
  timestamps: flag.default(false),
  tailLines: number.optional(),
  /** Ten years at most: beyond that a date cannot be written as an agent reads it. */
  sinceSeconds: number.max(315_360_000).optional(),
  sinceTime: z.iso.datetime({ offset: true }).optional(),
  limitBytes: number.optional(),
});
const execQuery = z.object({
  command: z.array(z.string()).min(1).max(1000),
  input: flag.default(false),
  tty: flag.default(false),
});

class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** The HTTPS server; the caller listens and closes. */
export function createKubelet(options: KubeletOptions): Server {
  const { bridge, clientName, log } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: 1024 * 1024,
    handleProtocols: (offered) => (offered.has(execProtocol) ? execProtocol : false),
  });
  const server = createServer({
    cert: options.certificate,
    key: options.key,
    ca: options.clientCa,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
  });

  const target = (request: IncomingMessage, kind: string) => {
    if ((request.socket as TLSSocket).getPeerCertificate().subject?.CN !== clientName) {
      throw new Refusal(403, 'Only the API server is served.');
    }
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, what, namespace, name, container] = pathPattern.exec(decodeURI(url.pathname)) ?? [];
    if (what !== kind) throw new Refusal(404, 'There is no such address.');
    const found = bridge.find(namespace!, name!);
    if (found?.pod.spec?.containers[0]?.name !== container)
      throw new Refusal(404, `There is no container ${container} here.`);
    if (!found!.report?.containerId)
      throw new Refusal(400, `The container ${container} of ${name} is waiting to start.`);
    return { ...found!, uid: found!.pod.metadata!.uid!, query: url.searchParams };
  };

  server.on('request', (request, response) => {
    serveLogs(request, response).catch((error) => {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'a log could not be served');
      if (response.headersSent) response.destroy();
      else response.writeHead(error instanceof Refusal ? error.status : 500).end(messageOf(error));
    });
  });

  async function serveLogs(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { link, uid, query } = target(request, 'containerLogs');
    const asked = parse(logsQuery, Object.fromEntries(query));
    const { sinceSeconds, limitBytes = Number.POSITIVE_INFINITY } = asked;
    const since =
      asked.sinceTime ?? (sinceSeconds ? new Date(Date.now() - sinceSeconds * 1000).toISOString() : undefined);
    const { follow, previous, timestamps, tailLines } = asked;
    const stream = link.logs({
      uid,
      follow,
      previous,
      timestamps,
      ...(tailLines !== undefined && { tailLines }),
      ...(since && { since }),
    });
    response.once('close', () => stream.close());
    response.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
    let left = limitBytes;
    for await (const { payload } of stream.output) {
      const part = payload.subarray(0, left);
      left -= part.length;
      await sent((done) => response.write(part, done));
      if (left <= 0) break;
    }
    stream.close();
    const { error } = await stream.ended;
    if (error && left > 0 && !response.destroyed) response.write(`${error}\n`);
    response.end();
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const { link, uid, query } = target(request, 'exec');
      const { command, input, tty } = parse(execQuery, {
        ...Object.fromEntries(query),
        command: query.getAll('command'),
      });
      if (!request.headers['sec-websocket-protocol']?.includes(execProtocol)) {
        throw new Refusal(400, `Only ${execProtocol} is spoken.`);
      }
      sockets.handleUpgrade(request, socket, head, (client) => {
        void relay(client, link.exec({ uid, command, stdin: input, tty })).catch((error) => {
          log.warn({ err: error }, 'a shell broke');
          client.terminate();
        });
      });
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      const body = messageOf(error);
      socket.end(
        `HTTP/1.1 ${status} Refused\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    }
  });
  return server;
}

/** Couples a client's WebSocket with a command in a container, each side as fast as the other reads. */
async function relay(client: WebSocket, stream: RemoteStream): Promise<void> {
  client.on('error', () => client.terminate());
  client.once('close', () => stream.close());
  let typed = Promise.resolve();
  client.on('message', (data: Buffer) => {
    const payload = data.subarray(1);
    if (data[0] === execChannels.resize) {
      const size = resizeSchema.safeParse(json(payload)).data;
      if (size) stream.resize(size.Width, size.Height);
    } else if (data[0] === execChannels.stdin && payload.length > 0) {
      client.pause();
      typed = typed.then(() => stream.write(payload)).then(() => client.resume());
    }
  });
  for await (const { channel, payload } of stream.output) {
    if (client.readyState !== client.OPEN) break;
    await sent((done) => client.send(Buffer.concat([Buffer.from([channel]), payload]), done));
  }
  stream.close();
  const status = JSON.stringify(statusOf(await stream.ended));
  client.send(Buffer.concat([Buffer.from([execChannels.error]), Buffer.from(status)]));
  client.close(1000);
}

const resizeSchema = z.object({ Width: number.max(10_000), Height: number.max(10_000) });

/** A command's end as the `Status` object that ends the protocol. */
function statusOf({ exitCode, error }: StreamEnd): object {
  if (error !== undefined || exitCode === undefined) {
    return { metadata: {}, status: 'Failure', reason: 'InternalError', message: error ?? 'The command did not end.' };
  }
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}

/** Waits until a write has left; a peer that went away is noticed by whoever holds it. */
function sent(write: (done: (error?: Error | null) => void) => void): Promise<void> {
  return new Promise((resolve) => write(() => resolve()));
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Refusal(400, `${result.error.issues[0]?.path.join('.')}: ${result.error.issues[0]?.message}`);
}

function json(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString());
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Refusal ? error.message : 'A fault of ours.';
}

/** Passing a stream on from the process that has it: logs by HTTP, shells by WebSocket. */
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { DomainError, isDomainError } from '@muster/common';
import type { StreamReply, UpgradeReply } from './handlers.ts';
import { identityHeader } from './identity.ts';

/**
 * Copies a plain HTTP answer, byte by byte as it comes, with the caller's identity.
 *
 * @throws DomainError as the other side refused, `unavailable` when it does not answer
 */
export async function forwardStream(
  url: URL,
  contentType: string,
  { request, response, closed }: StreamReply,
): Promise<void> {
  // Not by fetch, which gives up on a stream that is silent for five minutes.
  const asked = httpRequest(url, { headers: forwardedHeaders(request), signal: closed }).end();
  asked.on('error', () => {}); // Told below while it is waited for; afterwards by the stream.
  let upstream: IncomingMessage;
  try {
    [upstream] = (await once(asked, 'response')) as [IncomingMessage];
  } catch (error) {
    if (closed.aborted) return void response.destroy();
    throw away(error);
  }
  if (upstream.statusCode !== 200) throw refusal(upstream.statusCode ?? 502, await readAll(upstream).catch(() => ''));
  response.writeHead(200, { 'content-type': contentType, 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
  response.flushHeaders();
  try {
    await pipeline(upstream, response, { signal: closed });
  } catch (error) {
    // Cut on either side: an end without a last chunk tells the caller that it is not whole.
    if (!closed.aborted) throw away(error);
    response.destroy();
  }
}

/**
 * Ties the caller's socket to the other side's WebSocket: its answer to the upgrade goes back as it is.
 *
 * @throws DomainError `unavailable` when the other side does not answer
 */
export function forwardUpgrade(url: URL, { request, socket, head }: UpgradeReply): Promise<void> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest(url, {
      headers: {
        ...forwardedHeaders(request),
        connection: 'Upgrade',
        upgrade: 'websocket',
        ...pick(request, ['sec-websocket-key', 'sec-websocket-version', 'sec-websocket-protocol']),
      },
    });
    const abandon = () => upstream.destroy();
    socket.once('close', abandon);
    upstream.once('error', (error) => reject(away(error)));
    upstream.once('response', (answer) => {
      readAll(answer).then((text) => reject(refusal(answer.statusCode ?? 502, text)), reject);
    });
    upstream.once('upgrade', (answer, other, otherHead) => {
      socket.off('close', abandon);
      const lines = Object.entries(
        pick(answer, ['connection', 'upgrade', 'sec-websocket-accept', 'sec-websocket-protocol']),
      );
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
      );
      if (otherHead.length > 0) socket.write(otherHead);
      if (head.length > 0) other.write(head);
      other.on('error', () => socket.destroy());
      socket.once('close', () => other.destroy());
      other.once('close', () => socket.destroy());
      other.pipe(socket);
      socket.pipe(other);
      resolve();
    });
    upstream.end();
  });
}

function forwardedHeaders(request: IncomingMessage): Record<string, string> {
  return pick(request, [identityHeader, 'traceparent']);
}

function pick(message: IncomingMessage, names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (typeof message.headers[name] === 'string' ? [[name, message.headers[name]]] : [])),
  );
}

/** Between our own processes a refusal is a problem document, too. */
function refusal(status: number, text: string): DomainError {
  try {
    const { code, detail, fix } = JSON.parse(text);
    const refused = new DomainError(code, detail, fix === undefined ? {} : { fix });
    if (isDomainError(refused) && status < 500) return refused;
  } catch {
    // Not one of ours: told by its status.
  }
  return status === 404
    ? new DomainError('not_found', 'There is no such stream.')
    : away(new Error(`answered ${status}`));
}

function away(cause: unknown): DomainError {
  return new DomainError('unavailable', "The cluster's pool cannot be reached just now.", {
    fix: 'Try again in a moment.',
    cause,
  });
}

async function readAll(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message) text += chunk;
  return text;
}

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { decodeChunk, encodeChunk } from '@muster/agent';
import { createLogger } from '@muster/common';
import { WebSocket, WebSocketServer } from 'ws';
import { Link } from './link.ts';
import { measureSpeed } from './speed.ts';

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A bridge's link to an agent of our own that answers a download with `hashOf` what it received. */
async function linkTo(hashOf: (received: Buffer) => string): Promise<Link> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const agent = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [[socket]] = (await Promise.all([once(server, 'connection'), once(agent, 'open')])) as [[WebSocket], unknown];
  closers.push(() => {
    agent.terminate();
    server.close();
  });
  let wanted = { stream: 0, bytes: 0 };
  let received: Buffer[] = [];
  agent.on('message', (data: Buffer, binary) => {
    if (binary) {
      received.push(Buffer.from(decodeChunk(data).payload));
      const all = received.reduce((sum, part) => sum + part.length, 0);
      if (all < wanted.bytes) return;
      agent.send(
        JSON.stringify({ type: 'speed.received', stream: wanted.stream, sha256: hashOf(Buffer.concat(received)) }),
      );
      return;
    }
    wanted = JSON.parse(data.toString());
    received = [];
    if ((wanted as { type?: string }).type !== 'speed.up') return;
    for (let left = wanted.bytes; left > 0; left -= 32_768)
      agent.send(encodeChunk(wanted.stream, 1, Buffer.alloc(Math.min(left, 32_768))));
  });
  const link = new Link('wrk_1', socket, createLogger('test', 'silent'));
  void link.serve(() => {});
  return link;
}

describe('measuring a connection', () => {
  test('both directions have a speed', async () => {
    const link = await linkTo((received) => createHash('sha256').update(received).digest('hex'));
    const { downMbps, upMbps } = await measureSpeed(link, new AbortController().signal);
    expect(Math.min(downMbps, upMbps)).toBeGreaterThan(0);
  });

  test('an agent that answers for bytes it has not received has no speed', async () => {
    const link = await linkTo(() => 'a'.repeat(64));
    await expect(measureSpeed(link, new AbortController().signal)).rejects.toThrow('has not received');
  });

  test('a connection that ends ends its measurement', async () => {
    const abort = new AbortController();
    const link = await linkTo(() => {
      abort.abort(new Error('gone'));
      return '';
    });
    await expect(measureSpeed(link, abort.signal)).rejects.toThrow();
  });
});

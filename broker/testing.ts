/** What tests of messages need: a broker of their own name, a network that can be cut, and patience. */
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, createMetrics } from '@muster/common';
import { connect } from 'amqplib';
import { type Broker, connectBroker } from './connection.ts';
import { type QueueSpec, tasksQueue } from './topology.ts';

export function rabbitmqUrl(): string {
  const url = process.env.MUSTER_RABBITMQ_URL;
  if (!url) throw new Error('Set MUSTER_RABBITMQ_URL: `. .muster/env` after `./muster up --engines-only`.');
  return url;
}

export function connectTestBroker(url = rabbitmqUrl()): Promise<Broker> {
  return connectBroker({ url, name: 'test', log: createLogger('test', 'silent'), metrics: createMetrics('test') });
}

/** A queue that no other test uses. */
export function testQueue(): QueueSpec {
  return tasksQueue(`test-${randomBytes(6).toString('hex')}`);
}

export async function deleteQueue(queue: QueueSpec): Promise<void> {
  const connection = await connect(rabbitmqUrl());
  const channel = await connection.createChannel();
  await channel.deleteQueue(queue.name);
  await connection.close();
}

/** Waits until `check` answers true; the deadline only bounds a failing test. */
export async function until(check: () => boolean | Promise<boolean>, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`never: ${check}`);
    await delay(20);
  }
}

/** A road to a server, RabbitMQ by default, that can be cut and mended, as a restart or a firewall would. */
export async function createRoad(
  to = rabbitmqUrl(),
): Promise<{ url: string; cut(): void; mend(): void; close(): void }> {
  const target = new URL(to);
  const sockets = new Set<Socket>();
  let open = true;
  const server = createServer((near) => {
    if (!open) return near.destroy();
    const far = dial(Number(target.port || 5672), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from
        .on('error', () => to.destroy())
        .on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const cut = (): void => {
    open = false;
    for (const socket of sockets) socket.destroy();
  };
  const mend = (): void => {
    open = true;
  };
  const close = (): void => {
    cut();
    server.close();
  };
  return { url: url.href, cut, mend, close };
}

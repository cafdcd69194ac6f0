/** Messages from the outbox to a consumer per second, beside plain amqplib with confirms between the same two queues' kinds. */
import { randomUUID } from 'node:crypto';
import { connectBroker, consume, enqueue, eventsQueue, exchanges, idempotent, startRelay } from '@muster/broker';
import { createIds, createLogger, createMetrics, systemClock } from '@muster/common';
import { createTestDatabase } from '@muster/db/testing';
import { connect } from 'amqplib';
import { z } from 'zod';
import { type Figure, ratioOf, type Section } from './report.ts';

const messages = 10_000;
const perTransaction = 10;
const writers = 8;
const prefetch = 200;
const runs = 5;

export async function benchMessages(rabbitUrl: string): Promise<Section> {
  const ours: Figure = { name: 'outbox to consumer', of: 'Muster', unit: 'per second', runs: [] };
  const peer: Figure = { name: 'publish with confirms to consumer', of: 'amqplib', unit: 'per second', runs: [] };
  for (let run = 0; run < runs; run++) {
    ours.runs.push(await throughOutbox(rabbitUrl));
    peer.runs.push(await throughAmqplib(rabbitUrl));
  }
  return {
    title: 'Messages',
    how: `${messages.toLocaleString('en')} messages of 200 bytes to a quorum queue, consumed with prefetch ${prefetch} and acknowledged. Muster: written by ${writers} clients in transactions of ${perTransaction}, committed to Postgres, relayed with confirms, deleted.`,
    seed: 0,
    figures: [ours, peer],
    ratios: [ratioOf('Muster ÷ amqplib', ours, peer)],
  };
}

const body = { text: 'x'.repeat(180) };

async function throughOutbox(rabbitUrl: string): Promise<number> {
  const { db, url, drop } = await createTestDatabase({ max: writers });
  const log = createLogger('bench', 'silent');
  const broker = await connectBroker({ url: rabbitUrl, name: 'bench', log, metrics: createMetrics('bench') });
  const ids = createIds(systemClock);
  const type = `bench-${randomUUID()}.happened`;
  const queue = eventsQueue(type, [type]);
  let seen = 0;
  let finish: () => void = () => {};
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const handler = idempotent(z.object({ text: z.string() }), async () => {
    if (++seen === messages) finish();
  });
  const consumer = consume({ broker, db, clock: systemClock, queue, prefetch, handlers: { [type]: handler } });
  await consumer.ready;
  const relay = startRelay({ postgresUrl: url, broker, log });
  try {
    const start = performance.now();
    const write = async () => {
      for (let written = 0; written < messages / writers; written += perTransaction) {
        const batch = Array.from({ length: perTransaction }, () => ({
          id: ids.next('message'),
          exchange: exchanges.events,
          routingKey: type,
          type,
          body,
        }));
        await db.transaction().execute((trx) => enqueue(trx, ...batch));
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
    await all;
    return messages / ((performance.now() - start) / 1_000);
  } finally {
    await relay.stop();
    await consumer.stop();
    await broker.close();
    await deleteQueue(rabbitUrl, queue.name);
    await drop();
  }
}

async function throughAmqplib(rabbitUrl: string): Promise<number> {
  const queue = `bench.${randomUUID()}`;
  const connection = await connect(rabbitUrl);
  const publisher = await connection.createConfirmChannel();
  const consumer = await connection.createChannel();
  await publisher.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await consumer.prefetch(prefetch);
  let seen = 0;
  const all = new Promise<void>((resolve) => {
    void consumer.consume(queue, (message) => {
      if (message) consumer.ack(message);
      if (++seen === messages) resolve();
    });
  });
  try {
    const content = Buffer.from(JSON.stringify(body));
    const start = performance.now();
    for (let sent = 0; sent < messages; sent++) {
      if (!publisher.sendToQueue(queue, content, { persistent: true }))
        await new Promise((resolve) => publisher.once('drain', resolve));
    }
    await publisher.waitForConfirms();
    await all;
    return messages / ((performance.now() - start) / 1_000);
  } finally {
    await publisher.deleteQueue(queue);
    await connection.close();
  }
}

async function deleteQueue(rabbitUrl: string, queue: string): Promise<void> {
  const connection = await connect(rabbitUrl);
  const channel = await connection.createChannel();
  await channel.deleteQueue(queue);
  await connection.close();
}

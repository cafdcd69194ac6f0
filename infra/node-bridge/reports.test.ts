import { afterAll, describe, expect, test } from '@jest/globals';
import { connectBroker, type Message, reportsQueue } from '@muster/broker';
import { createIds, createLogger, createMetrics, systemClock } from '@muster/common';
import { createRedis } from '@muster/db';
import { seenKey, workerReports } from '@muster/workers';
import { createReports } from './reports.ts';
import { until } from './testing.ts';

const { MUSTER_REDIS_URL, MUSTER_RABBITMQ_URL } = process.env;
const ids = createIds(systemClock);
const log = createLogger('test', 'silent');
const closers: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closers.reverse()) await close();
});

describe('what a bridge reports', () => {
  test('a heartbeat stands in Redis under the worker, a report waits in the queue as its schema says', async () => {
    if (!MUSTER_REDIS_URL || !MUSTER_RABBITMQ_URL)
      throw new Error('Set MUSTER_REDIS_URL and MUSTER_RABBITMQ_URL: `. .muster/env`.');
    const redis = createRedis(MUSTER_REDIS_URL);
    closers.push(() => redis.disconnect());
    const broker = await connectBroker({ url: MUSTER_RABBITMQ_URL, name: 'test', log, metrics: createMetrics('test') });
    closers.push(() => broker.close());
    const workerId = ids.next('worker');
    const reports = createReports(redis, broker, ids, log);
    closers.push(reports.stop);

    // A copy of what passes, so that nobody else's messages are taken.
    const heard: Pick<Message, 'type' | 'body'>[] = [];
    const tap = broker.withChannel('tap', async (channel) => {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      for (const key of reportsQueue.routingKeys) await channel.bindQueue(queue, reportsQueue.exchange, key);
      await channel.consume(queue, (message) => {
        if (message) heard.push({ type: message.properties.type, body: JSON.parse(message.content.toString()) });
      });
    });
    await tap.ready;

    reports.seen(workerId, new Date(1_000));
    reports.tell('worker.bandwidth', workerId, { downMbps: 900, upMbps: 300 });
    expect(await until('the heartbeat', async () => (await redis.get(seenKey(workerId))) ?? undefined)).toBe('1000');
    const report = await until('the report', async () =>
      heard.find(({ body }) => (body as { workerId?: string }).workerId === workerId),
    );
    expect(report.type).toBe('worker.bandwidth');
    expect(workerReports['worker.bandwidth'].parse(report.body)).toEqual({ workerId, downMbps: 900, upMbps: 300 });
    await redis.del(seenKey(workerId));
  });
});

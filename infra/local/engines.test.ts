import { mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { removeStack } from './down.ts';
import { startEngines } from './engines/index.ts';
import { silent } from './progress.ts';
import { openStack, type Stack } from './stack.ts';
import { findProcess, stopProcess } from './supervisor.ts';

let stack: Stack;
let urls: Record<string, string>;
const own = { own: true };

beforeAll(async () => {
  // Durable: what it promises is tested here.
  stack = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: true });
  urls = await startEngines(stack, undefined, own);
});

afterAll(() => removeStack(stack, silent));

async function query(sql: string, url = urls.MUSTER_POSTGRES_URL!): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('engines', () => {
  test('what Postgres and Redis have confirmed survives a kill, at the same address', async () => {
    await query('create table kept (n int); insert into kept values (7)');
    const redis = new Redis(urls.MUSTER_REDIS_URL!);
    await redis.set('kept', '7');
    await redis.config('SET', 'appendfsync', 'always');
    await redis.set('kept', '8');
    redis.disconnect();
    for (const name of ['postgres', 'redis']) await stopProcess(stack, name, 'SIGKILL');
    expect(await startEngines(stack, ['postgres', 'redis'], own)).toEqual({
      MUSTER_POSTGRES_URL: urls.MUSTER_POSTGRES_URL,
      MUSTER_REDIS_URL: urls.MUSTER_REDIS_URL,
    });
    expect(await query('select n from kept')).toEqual([{ n: 7 }]);
    const again = new Redis(urls.MUSTER_REDIS_URL!);
    expect(await again.get('kept')).toBe('8');
    again.disconnect();
  });

  test('a queue of RabbitMQ keeps its messages over a restart', async () => {
    const connection = await connect(urls.MUSTER_RABBITMQ_URL!);
    connection.on('error', () => {});
    const channel = await connection.createConfirmChannel();
    channel.on('error', () => {});
    await channel.assertQueue('kept', { arguments: { 'x-queue-type': 'quorum' } });
    channel.sendToQueue('kept', Buffer.from('7'), { persistent: true });
    await channel.waitForConfirms();
    await stopProcess(stack, 'rabbitmq');
    await startEngines(stack, ['rabbitmq'], own);
    const after = await connect(urls.MUSTER_RABBITMQ_URL!);
    const reading = await after.createChannel();
    const message = await new Promise<string>((done) => {
      void reading.consume('kept', (delivery) => done(String(delivery?.content)));
    });
    expect(message).toBe('7');
    await after.close();
  });

  test('nobody on the machine gets in without the password', async () => {
    const wrong = (url: string) => url.replace(/:[^:@/]+@/, ':wrong@');
    await expect(query('select 1', wrong(urls.MUSTER_POSTGRES_URL!))).rejects.toThrow('password');
    await expect(connect(wrong(urls.MUSTER_RABBITMQ_URL!))).rejects.toThrow('ACCESS_REFUSED');
    const redis = new Redis(wrong(urls.MUSTER_REDIS_URL!), { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => {});
    await expect(redis.connect().then(() => redis.ping())).rejects.toThrow();
    redis.disconnect();
    expect(statSync(join(stack.home, 'env')).mode & 0o777).toBe(0o600);
  });

  test('an address in the environment wins, and nothing is started for it', async () => {
    const other = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')) });
    process.env.MUSTER_REDIS_URL = 'redis://elsewhere:6379';
    try {
      expect(await startEngines(other, ['redis'])).toEqual({ MUSTER_REDIS_URL: 'redis://elsewhere:6379' });
      expect(findProcess(other, 'redis')).toBeUndefined();
    } finally {
      delete process.env.MUSTER_REDIS_URL;
      await removeStack(other, silent);
    }
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { currentTrace, DomainError, systemClock, withTrace } from '@muster/common';
import { sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { connect } from 'amqplib';
import { z } from 'zod';
import type { Broker } from './connection.ts';
import { type ConsumeOptions, type Consumer, consume, type Handler, idempotent, inTransaction } from './consumer.ts';
import {
  discardDeadLetter,
  keepDeadLetters,
  listDeadLetters,
  replayAllDeadLetters,
  replayDeadLetter,
} from './dead-letters.ts';
import { startRelay } from './relay.ts';
import { connectTestBroker, createRoad, deleteQueue, rabbitmqUrl, testQueue, until } from './testing.ts';
import { exchanges, type QueueSpec } from './topology.ts';

async function exists(queue: QueueSpec): Promise<boolean> {
  const connection = await connect(rabbitmqUrl());
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  const found = await channel.checkQueue(queue.name).then(
    () => true,
    () => false,
  );
  await connection.close();
  return found;
}

const body = z.object({ n: z.number() });

describe('a consumer', () => {
  let database: TestDatabase;
  let broker: Broker;
  let queue: QueueSpec;
  const consumers: Consumer[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    await sql`create table effect (n integer not null)`.execute(database.db);
    broker = await connectTestBroker();
  });
  afterAll(async () => {
    await broker.close();
    await database.drop();
  });
  beforeEach(async () => {
    await sql`truncate effect`.execute(database.db);
    queue = testQueue();
  });

  const start = async (handlers: Record<string, Handler>, more: Partial<ConsumeOptions> = {}): Promise<Consumer> => {
    const consumer = consume({ broker, db: database.db, clock: systemClock, queue, handlers, ...more });
    consumers.push(consumer);
    await consumer.ready;
    return consumer;
  };
  const finish = async (): Promise<void> => {
    for (const consumer of consumers.splice(0)) await consumer.stop();
    await deleteQueue(queue);
  };
  const message = (n: number, id = randomUUID()) => ({
    id,
    exchange: exchanges.tasks,
    routingKey: queue.routingKeys[0]!,
    type: 'test',
    body: { n },
  });
  const effects = async (): Promise<number[]> => {
    const { rows } = await sql<{ n: number }>`select n from effect order by n`.execute(database.db);
    return rows.map(({ n }) => n);
  };
  const insert = inTransaction(body, (trx, { body: { n } }) => sql`insert into effect values (${n})`.execute(trx));

  test('a message that comes three times takes effect once', async () => {
    const twice = message(1);
    await broker.publish(twice, twice, message(2));
    await start({ test: insert });
    await broker.publish(twice);
    await broker.publish(message(3));
    await until(async () => (await effects()).length >= 3);
    expect(await effects()).toEqual([1, 2, 3]);
    await finish();
  });

  test('an effect whose handler fails afterwards is undone, and the retry makes it once', async () => {
    const attempts: number[] = [];
    await start({
      test: inTransaction(body, async (trx, { attempt, body: { n } }) => {
        attempts.push(attempt);
        await sql`insert into effect values (${n})`.execute(trx);
        if (attempt === 1) throw new Error('the first try fails');
      }),
    });
    await broker.publish(message(7));
    await until(async () => (await effects()).length > 0);
    expect(attempts).toEqual([1, 2]);
    expect(await effects()).toEqual([7]);
    await finish();
  });

  test('a lost race is run again at once and uses up no try', async () => {
    let calls = 0;
    await start({
      test: inTransaction(body, async (trx, { attempt, body: { n } }) => {
        if (++calls < 3) throw new DomainError('conflict', 'another writer was faster');
        await sql`insert into effect values (${n + attempt})`.execute(trx);
      }),
    });
    await broker.publish(message(10));
    await until(async () => (await effects()).length > 0);
    expect(await effects()).toEqual([11]);
    await finish();
  });

  test('while Postgres is away a message goes round without using up a try', async () => {
    const attempts: number[] = [];
    await start(
      {
        test: idempotent(body, async ({ attempt }) => {
          attempts.push(attempt);
          if (attempts.length < 3) throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
        }),
      },
      { delaysMs: [] },
    );
    await broker.publish(message(1));
    await until(() => attempts.length === 3);
    expect(attempts).toEqual([1, 1, 1]);
    await finish();
  });

  test('a consumer that dies before it acknowledges loses nothing and doubles nothing', async () => {
    const road = await createRoad();
    const doomed = await connectTestBroker(road.url);
    let reached = 0;
    const consumer = consume({
      broker: doomed,
      db: database.db,
      clock: systemClock,
      queue,
      prefetch: 1,
      handlers: {
        test: inTransaction(body, async (trx, { body: { n } }) => {
          await sql`insert into effect values (${n})`.execute(trx);
          // The first acknowledgement finds no connection: RabbitMQ delivers it again to whoever lives.
          if (++reached === 1) road.cut();
        }),
      },
    });
    await consumer.ready;
    await broker.publish(message(1), message(2));
    await until(async () => (await effects()).length === 1);
    road.mend();
    await until(async () => (await effects()).length === 2);
    expect(await effects()).toEqual([1, 2]);
    await consumer.stop();
    await doomed.close();
    road.close();
    await finish();
  });

  test('a consumer whose queue is deleted declares it again and goes on', async () => {
    await start({ test: insert });
    await deleteQueue(queue);
    await until(() => exists(queue));
    await broker.publish(message(5));
    await until(async () => (await effects()).length === 1);
    await finish();
  });

  test('the sender’s trace continues in the handler', async () => {
    let seen: string | undefined;
    await start({
      test: idempotent(body, async () => {
        seen = currentTrace()?.traceparent;
      }),
    });
    const trace = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
    await withTrace({ traceparent: trace }, () => broker.publish(message(1)));
    await until(() => seen !== undefined);
    expect(seen?.slice(3, 35)).toBe('ab'.repeat(16));
    await finish();
  });

  test('stopping waits for the work in hand, and its acknowledgement counts', async () => {
    let release = (): void => {};
    let began = false;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const consumer = await start({
      test: inTransaction(body, async (trx, { body: { n } }) => {
        began = true;
        await gate;
        await sql`insert into effect values (${n})`.execute(trx);
      }),
    });
    await broker.publish(message(1));
    await until(() => began);
    const stopped = consumer.stop();
    release();
    await stopped;
    expect(await effects()).toEqual([1]);
    const connection = await connect(rabbitmqUrl());
    const channel = await connection.createChannel();
    expect((await channel.checkQueue(queue.name)).messageCount).toBe(0);
    await connection.close();
    await finish();
  });

  test('what cannot be handled is a dead letter with its reason, can be replayed once repaired, or discarded', async () => {
    const { db } = database;
    const keeper = keepDeadLetters({ broker, db, clock: systemClock });
    await keeper.ready;
    let broken = true;
    await start(
      {
        test: inTransaction(body, async (trx, { body: { n } }) => {
          if (broken) throw new Error('a bug');
          await sql`insert into effect values (${n})`.execute(trx);
        }),
      },
      { delaysMs: [1_000] },
    );
    await broker.publish(message(1));
    await broker.publish({ ...message(2), body: { n: 'two' } });
    await broker.publish({ ...message(3), type: 'unheard-of' });
    const raw = await connect(rabbitmqUrl());
    const channel = await raw.createConfirmChannel();
    channel.sendToQueue(queue.name, Buffer.from('{not json'), { messageId: randomUUID(), type: 'test' });
    channel.sendToQueue(queue.name, Buffer.from('{}'), { type: 'test' });
    await channel.waitForConfirms();
    await raw.close();

    const mine = async () =>
      (await listDeadLetters(db, { limit: 100 })).filter((letter) => letter.queue === queue.name);
    await until(async () => (await mine()).length === 5);
    const reasons = (await mine()).map(({ reason }) => reason).join('\n');
    expect(reasons).toContain('Error: a bug');
    expect(reasons).toContain('nothing here handles unheard-of');
    expect(reasons).toContain('malformed body: not JSON');
    expect(reasons).toContain('malformed envelope');
    const bug = (await mine()).find(({ reason }) => reason.includes('a bug'))!;
    expect(bug.attempts).toBe(2);
    const notJson = (await mine()).find(({ reason }) => reason.includes('not JSON'))!;
    await expect(replayDeadLetter(db, notJson.id)).rejects.toMatchObject({ code: 'invalid_request' });
    await discardDeadLetter(db, notJson.id);
    await expect(discardDeadLetter(db, notJson.id)).rejects.toMatchObject({ code: 'not_found' });

    broken = false;
    const relay = startRelay({ postgresUrl: database.url, broker, log: broker.log });
    await replayDeadLetter(db, bug.id);
    await until(async () => (await effects()).length === 1);
    expect(await effects()).toEqual([1]);
    // The unknown type and the wrong body come back as new dead letters; the one without an envelope stays.
    const [newest] = await mine();
    expect(await replayAllDeadLetters(db)).toBeGreaterThanOrEqual(2);
    await until(async () => (await mine()).filter(({ id }) => id > newest!.id).length === 2);
    expect(await mine()).toHaveLength(3);

    // A letter whose queue is no more is a dead letter again, and holds up nothing.
    for (const consumer of consumers.splice(0)) await consumer.stop();
    await deleteQueue(queue);
    const [last] = await mine();
    await replayDeadLetter(db, last!.id);
    await until(async () => (await mine()).some(({ reason }) => reason === 'Its queue does not exist.'));
    await relay.stop();
    await keeper.stop();
    await finish();
  });
});

import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@muster/common';
import { sql } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { z } from 'zod';
import type { Broker } from './connection.ts';
import { type Consumer, consume, idempotent, inTransaction } from './consumer.ts';
import { enqueue } from './outbox.ts';
import { startRelay } from './relay.ts';
import { connectTestBroker, createRoad, deleteQueue, testQueue, until } from './testing.ts';
import { exchanges, type QueueSpec } from './topology.ts';

const body = z.object({ n: z.number() });

describe('the relay of the outbox', () => {
  let database: TestDatabase;
  let broker: Broker;
  let queue: QueueSpec;
  let consumer: Consumer;
  let received: number[];

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
    received = [];
    queue = testQueue();
  });

  const message = (n: number) => ({
    id: randomUUID(),
    exchange: exchanges.tasks,
    routingKey: queue.routingKeys[0]!,
    type: 'test',
    body: { n },
  });
  const send = (...numbers: number[]) =>
    database.db.transaction().execute((trx) => enqueue(trx, ...numbers.map(message)));
  const listen = async (): Promise<void> => {
    consumer = consume({
      broker,
      db: database.db,
      clock: systemClock,
      queue,
      handlers: { test: idempotent(body, async ({ body: { n } }) => void received.push(n)) },
    });
    await consumer.ready;
  };
  const relay = (more: Partial<Parameters<typeof startRelay>[0]> = {}) =>
    startRelay({ postgresUrl: database.url, broker, log: broker.log, ...more });
  const waiting = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from outbox`.execute(database.db);
    return rows[0]!.n;
  };
  const finish = async (): Promise<void> => {
    await consumer.stop();
    await deleteQueue(queue);
  };

  test('what commits is published in its order and leaves the outbox; what rolls back never was', async () => {
    await listen();
    const running = relay();
    const numbers = Array.from({ length: 1_200 }, (_, n) => n);
    await send(...numbers);
    await database.db
      .transaction()
      .execute(async (trx) => {
        await enqueue(trx, message(-1));
        throw new Error('rolled back');
      })
      .catch(() => {});
    await send(1_200);
    await until(() => received.length >= 1_201);
    expect(received).toEqual([...numbers, 1_200]);
    await until(async () => (await waiting()) === 0);
    await running.stop();
    await finish();
  });

  test('it sleeps when there is nothing to do, and a writer wakes it', async () => {
    await listen();
    const running = relay();
    await send(1);
    await until(() => received.length === 1);
    const asleep = async () => {
      const { rows } = await sql`select from outbox_relay where asleep_until > now()`.execute(database.db);
      return rows.length === 1;
    };
    await until(asleep);
    await send(2);
    await until(() => received.length === 2);
    await running.stop();
    await finish();
  });

  test('two relays publish each row once, and the second takes over when the first stops', async () => {
    await listen();
    const first = relay();
    const second = relay();
    await Promise.all(Array.from({ length: 50 }, (_, n) => send(n)));
    await until(() => received.length >= 50);
    await first.stop();
    await send(100);
    await until(() => received.includes(100));
    expect(new Set(received).size).toBe(51);
    expect(received.length).toBe(51);
    await second.stop();
    await finish();
  });

  test('a relay that dies between publishing and deleting publishes again, and the inbox absorbs it', async () => {
    consumer = consume({
      broker,
      db: database.db,
      clock: systemClock,
      queue,
      handlers: {
        test: inTransaction(body, (trx, { body: { n } }) => sql`insert into effect values (${n})`.execute(trx)),
      },
    });
    let deaths = 0;
    const running = relay({
      afterPublish: async () => {
        if (++deaths === 1) throw new Error('killed');
      },
    });
    await send(1, 2, 3);
    await until(async () => deaths > 1 && (await waiting()) === 0);
    await send(4);
    const effects = async () =>
      (await sql<{ n: number }>`select n from effect order by n`.execute(database.db)).rows.map(({ n }) => n);
    await until(async () => (await effects()).includes(4));
    expect(await effects()).toEqual([1, 2, 3, 4]);
    await running.stop();
    await finish();
  });

  test('rows wait while RabbitMQ is away, and a terminated Postgres connection is replaced', async () => {
    await listen();
    const road = await createRoad();
    const distant = await connectTestBroker(road.url);
    const running = relay({ broker: distant });
    await send(1);
    await until(() => received.includes(1));
    road.cut();
    await send(2);
    road.mend();
    await until(() => received.includes(2));
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'muster relay' and datname = current_database()`.execute(database.db);
    await send(3);
    await until(() => received.includes(3));
    await running.stop();
    await distant.close();
    road.close();
    await finish();
  });
});

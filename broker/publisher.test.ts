import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connect } from 'amqplib';
import type { Broker } from './connection.ts';
import { PublishError } from './publisher.ts';
import { connectTestBroker, createRoad, deleteQueue, rabbitmqUrl, testQueue, until } from './testing.ts';
import { exchanges } from './topology.ts';

describe('the publisher', () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await connectTestBroker();
  });
  afterAll(() => broker.close());

  const nudge = (poolId: string) => ({
    id: randomUUID(),
    exchange: exchanges.tasks,
    routingKey: poolId,
    type: 'test',
    body: { n: 1 },
  });

  test('a confirmed message is in its queue, also when no orchestrator of the pool was ever started', async () => {
    const queue = testQueue();
    const poolId = queue.routingKeys[0]!;
    await broker.publish(nudge(poolId), nudge(poolId), nudge(poolId));
    const connection = await connect(rabbitmqUrl());
    const channel = await connection.createChannel();
    expect((await channel.checkQueue(queue.name)).messageCount).toBe(3);
    const message = await channel.get(queue.name, { noAck: true });
    expect(message !== false && message.properties).toMatchObject({ type: 'test', deliveryMode: 2 });
    expect(message !== false && message.properties.headers?.traceparent).toMatch(/^00-/);
    await connection.close();
    await deleteQueue(queue);
  });

  test('a message that reaches no queue is reported by its id, and an event that nobody wants is not an error', async () => {
    const lost = { id: randomUUID(), exchange: '' as const, routingKey: `no-${randomUUID()}`, type: 'test', body: {} };
    const fine = { id: randomUUID(), exchange: exchanges.events, routingKey: 'test.nobody', type: 'test', body: {} };
    const error = await broker.publish(fine, lost).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(PublishError);
    expect([...(error as PublishError).failed.keys()]).toEqual([lost.id]);
  });

  test('a queue that was deleted is declared again by the next try', async () => {
    const queue = testQueue();
    const message = nudge(queue.routingKeys[0]!);
    await broker.publish(message);
    await deleteQueue(queue);
    await expect(broker.publish(message)).rejects.toThrow('no queue takes');
    await broker.publish(message);
    await deleteQueue(queue);
  });

  test('while RabbitMQ is away publishing fails, and it works again without a restart', async () => {
    const road = await createRoad();
    const queue = testQueue();
    const distant = await connectTestBroker(road.url);
    await distant.publish(nudge(queue.routingKeys[0]!));
    road.cut();
    await until(() =>
      distant.publish(nudge(queue.routingKeys[0]!)).then(
        () => false,
        () => true,
      ),
    );
    await expect(distant.check()).rejects.toThrow();
    road.mend();
    await until(() =>
      distant.publish(nudge(queue.routingKeys[0]!)).then(
        () => true,
        () => false,
      ),
    );
    await distant.close();
    road.close();
    await deleteQueue(queue);
  });
});

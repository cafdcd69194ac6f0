/**
 * Every exchange and queue of Muster, in one place. All work queues are quorum queues with every argument declared, so
 * that RabbitMQ 3.10 and 4.x make the same thing of them; a delayed retry is one TTL queue per delay, because a queue's
 * messages expire only at its head.
 */
import type { Channel } from 'amqplib';

export const exchanges = {
  /** Topic, key = the event's type (`cluster.running`): whoever cares subscribes. */
  events: 'muster.events',
  /** Direct, key = the pool's id: nudges to the orchestrator. */
  tasks: 'muster.tasks',
  /** Direct: what pools saw, to the backend. */
  reports: 'muster.reports',
  /** Fanout: what nobody could handle. */
  dead: 'muster.dead',
} as const;

export interface QueueSpec {
  name: string;
  exchange: string;
  routingKeys: string[];
}

/** The nudges to one pool's orchestrator. */
export function tasksQueue(poolId: string): QueueSpec {
  return { name: `tasks.${poolId}`, exchange: exchanges.tasks, routingKeys: [poolId] };
}

/** What every pool reports. */
export const reportsQueue: QueueSpec = { name: 'reports', exchange: exchanges.reports, routingKeys: ['reports'] };

/** A subscriber's own copy of the events of these types; `*` and `#` match as in a topic exchange. */
export function eventsQueue(subscriber: string, types: string[]): QueueSpec {
  return { name: `events.${subscriber}`, exchange: exchanges.events, routingKeys: types };
}

/** Where dead letters wait until `keepDeadLetters` has written them to Postgres. */
export const deadQueue: QueueSpec = { name: 'muster.dead', exchange: exchanges.dead, routingKeys: [''] };

/** A failed message is tried again after each of these; then it is a dead letter. */
export const retryDelaysMs = [1_000, 5_000, 30_000, 300_000] as const;
export type RetryDelayMs = (typeof retryDelaysMs)[number];

/** Publishing here with a queue's name as routing key brings the message to that queue after the delay. */
export function retryExchange(delayMs: RetryDelayMs): string {
  return `muster.retry.${delayMs / 1_000}s`;
}

const quorum = { 'x-queue-type': 'quorum' };
/** At least once, which RabbitMQ grants only where a full queue refuses instead of dropping its head. */
const deadLetterSafely = { 'x-dead-letter-strategy': 'at-least-once', 'x-overflow': 'reject-publish' };
/** A message that took its consumer's process down this often is not given to another. */
const deliveryLimit = 20;

/** Declares what everybody shares. Declaring twice changes nothing. */
export async function declareShared(channel: Channel): Promise<void> {
  await channel.assertExchange(exchanges.events, 'topic', { durable: true });
  await channel.assertExchange(exchanges.tasks, 'direct', { durable: true });
  await channel.assertExchange(exchanges.reports, 'direct', { durable: true });
  await channel.assertExchange(exchanges.dead, 'fanout', { durable: true });
  await channel.assertQueue(deadQueue.name, { durable: true, arguments: quorum });
  await channel.bindQueue(deadQueue.name, exchanges.dead, '');
  for (const delayMs of retryDelaysMs) {
    const name = retryExchange(delayMs);
    await channel.assertExchange(name, 'fanout', { durable: true });
    await channel.assertQueue(name, {
      durable: true,
      arguments: { ...quorum, ...deadLetterSafely, 'x-message-ttl': delayMs, 'x-dead-letter-exchange': '' },
    });
    await channel.bindQueue(name, name, '');
  }
}

/** Declares a work queue and its bindings. */
export async function declareQueue(channel: Channel, queue: QueueSpec): Promise<void> {
  await channel.assertQueue(queue.name, {
    durable: true,
    arguments: {
      ...quorum,
      ...deadLetterSafely,
      'x-delivery-limit': deliveryLimit,
      'x-dead-letter-exchange': exchanges.dead,
    },
  });
  for (const key of queue.routingKeys) await channel.bindQueue(queue.name, queue.exchange, key);
}

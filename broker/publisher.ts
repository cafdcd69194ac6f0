/** Publishing with confirms: it is done when RabbitMQ has the message on disk, and says which messages it is not sure of. */
import { once } from 'node:events';
import type { ConfirmChannel } from 'amqplib';
import type { Rebuilt, SetUp } from './connection.ts';
import { type OutgoingMessage, propertiesOf } from './message.ts';
import type { BrokerMetrics } from './metrics.ts';
import { declareQueue, exchanges, reportsQueue, tasksQueue } from './topology.ts';

/** Some messages of a batch are not known to be stored; they may be. Sending them again is safe: the inbox absorbs it. */
export class PublishError extends Error {
  readonly failed: ReadonlyMap<string, Error>;

  constructor(failed: ReadonlyMap<string, Error>) {
    const [first] = failed.values();
    super(`${failed.size} message(s) not confirmed: ${first?.message}`, { cause: first });
    this.name = 'PublishError';
    this.failed = failed;
  }
}

/** No queue takes a message that must arrive. */
export class UnroutableError extends Error {
  override name = 'UnroutableError';
}

const confirmTimeoutMs = 15_000;

/** A message to one of these that reaches no queue is an error; an event that nobody subscribed to is not. */
const mustArrive = new Set<string>([exchanges.tasks, exchanges.reports, '']);

export function createPublisher(rebuild: (setUp: SetUp) => Rebuilt, metrics: BrokerMetrics) {
  /** Pools whose queue stands: a nudge must wait for an orchestrator that has never been started yet. */
  let declaredPools = new Set<string>();
  /** Ids that RabbitMQ returned as unroutable. It returns a message before it confirms it. */
  const returned = new Set<string>();

  const link = rebuild(async (channel) => {
    declaredPools = new Set();
    returned.clear();
    channel.on('return', (message) => returned.add(String(message.properties.messageId)));
    await declareQueue(channel, reportsQueue);
  });

  async function declareFor(channel: ConfirmChannel, messages: readonly OutgoingMessage[]): Promise<void> {
    for (const { exchange, routingKey } of messages) {
      if (exchange !== exchanges.tasks || declaredPools.has(routingKey)) continue;
      await declareQueue(channel, tasksQueue(routingKey));
      declaredPools.add(routingKey);
    }
  }

  return async function publish(...messages: OutgoingMessage[]): Promise<void> {
    await link.ready;
    const channel = link.current();
    if (!channel) throw new PublishError(new Map(messages.map(({ id }) => [id, new Error('RabbitMQ is away')])));
    await declareFor(channel, messages);

    const failed = new Map<string, Error>();
    const confirmed: Promise<void>[] = [];
    for (const message of messages) {
      metrics.published.inc({ exchange: message.exchange });
      const { stored, full } = send(channel, message);
      confirmed.push(
        stored.then(
          () => {
            if (!returned.delete(message.id)) return metrics.confirmed.inc({ exchange: message.exchange });
            declaredPools.delete(message.routingKey);
            failed.set(message.id, new UnroutableError(`no queue takes ${message.exchange}/${message.routingKey}`));
          },
          (error: Error) => void failed.set(message.id, error),
        ),
      );
      // The socket takes no more just now: wait, or the messages pile up in this process.
      if (full) await Promise.race([once(channel, 'drain'), once(channel, 'close')]);
    }
    let deadline: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error('RabbitMQ did not confirm in time')), confirmTimeoutMs);
    });
    try {
      await Promise.race([Promise.all(confirmed), late]);
    } catch (error) {
      throw new PublishError(new Map(messages.map(({ id }) => [id, error as Error])));
    } finally {
      clearTimeout(deadline);
    }
    if (failed.size > 0) throw new PublishError(failed);
  };
}

function send(channel: ConfirmChannel, message: OutgoingMessage): { stored: Promise<void>; full: boolean } {
  let full = false;
  const stored = new Promise<void>((resolve, reject) => {
    full = !channel.publish(
      message.exchange,
      message.routingKey,
      Buffer.from(JSON.stringify(message.body)),
      { ...propertiesOf(message), mandatory: mustArrive.has(message.exchange) },
      (error) => (error ? reject(error) : resolve()),
    );
  });
  return { stored, full };
}

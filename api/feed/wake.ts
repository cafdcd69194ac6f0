/** Tells followers of the feed that something happened in their organization, or in any, as RabbitMQ says it. */
import { type Broker, exchanges } from '@muster/broker';

/** Wakes those who wait for events. A lost call costs a follower one poll, never an event. */
export interface Waker {
  /**
   * Calls `wake` at every event of the organization, or of all and of none, until the function that is returned is called. It
   * is given the event's type, `cluster.running`, or nothing when events may have gone by unheard.
   */
  on(whose: string | 'all', wake: (type?: string) => void): () => void;
  close(): Promise<void>;
}

/** Listens on a queue of this process's own, which goes when the connection goes. */
export function createWaker(broker: Broker): Waker {
  const followers = new Map<string, Set<(type?: string) => void>>();
  const link = broker.withChannel('followers of events', async (channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    await channel.bindQueue(queue, exchanges.events, '#');
    await channel.consume(queue, (message) => message && wake(message.content, message.fields.routingKey), {
      noAck: true,
    });
    // Whatever was told while there was no queue.
    for (const each of followers.values()) for (const follower of each) follower();
  });

  function wake(content: Buffer, type: string): void {
    const organizationId = organizationOf(content);
    const those = organizationId === undefined ? ['all'] : ['all', organizationId];
    for (const whose of those) for (const follower of followers.get(whose) ?? []) follower(type);
  }

  return {
    on(whose, follower) {
      const those = followers.get(whose) ?? new Set();
      followers.set(whose, those.add(follower));
      return () => {
        those.delete(follower);
        if (those.size === 0 && followers.get(whose) === those) followers.delete(whose);
      };
    },
    close: () => link.close(),
  };
}

function organizationOf(content: Buffer): string | undefined {
  try {
    const { organizationId } = JSON.parse(content.toString()) as { organizationId?: unknown };
    return typeof organizationId === 'string' ? organizationId : undefined;
  } catch {
    return undefined;
  }
}

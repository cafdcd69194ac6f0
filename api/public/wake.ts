/** Tells followers of the feed that something happened in their organization, as RabbitMQ says it. */
import { type Broker, exchanges } from '@muster/broker';

/** Wakes those who wait for an organization's events. A lost call costs a follower one poll, never an event. */
export interface Waker {
  /** Calls `wake` at every event of the organization, until the function that is returned is called. */
  on(organizationId: string, wake: () => void): () => void;
  close(): Promise<void>;
}

/** Listens on a queue of this process's own, which goes when the connection goes. */
export function createWaker(broker: Broker): Waker {
  const followers = new Map<string, Set<() => void>>();
  const link = broker.withChannel('followers of events', async (channel) => {
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false });
    await channel.bindQueue(queue, exchanges.events, '#');
    await channel.consume(queue, (message) => message && wake(message.content), { noAck: true });
    // Whatever was told while there was no queue.
    for (const each of followers.values()) for (const follower of each) follower();
  });

  function wake(content: Buffer): void {
    const organizationId = organizationOf(content);
    if (organizationId !== undefined) for (const follower of followers.get(organizationId) ?? []) follower();
  }

  return {
    on(organizationId, follower) {
      const those = followers.get(organizationId) ?? new Set();
      followers.set(organizationId, those.add(follower));
      return () => {
        those.delete(follower);
        if (those.size === 0 && followers.get(organizationId) === those) followers.delete(organizationId);
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

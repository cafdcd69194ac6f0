/** The outbox: a message is a row of the transaction that it tells of, so that both happen or neither (invariant 3). */
import type { Database, Transaction } from '@muster/db';
import { type OutgoingMessage, traceHeaders } from './message.ts';

/**
 * Sends messages when the transaction commits. The relay publishes them within milliseconds.
 *
 * @example await enqueue(trx, { id: ids.next('message'), exchange: exchanges.tasks, routingKey: poolId, type: 'cluster.changed', body: { clusterId } });
 */
export async function enqueue(
  trx: Transaction<Database>,
  ...messages: Omit<OutgoingMessage, 'headers'>[]
): Promise<void> {
  if (messages.length === 0) return;
  const headers = JSON.stringify(traceHeaders());
  await trx
    .insertInto('outbox')
    .values(
      messages.map((message) => ({
        message_id: message.id,
        exchange: message.exchange,
        routing_key: message.routingKey,
        type: message.type,
        body: JSON.stringify(message.body),
        headers,
      })),
    )
    .execute();
}

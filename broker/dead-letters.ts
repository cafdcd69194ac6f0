/** Dead letters: what nobody could handle is kept in Postgres, where an operator lists, replays or discards it. */
import { type Clock, DomainError } from '@muster/common';
import type { Database, Kysely, Selectable } from '@muster/db';
import type { ConsumeMessage } from 'amqplib';
import type { Broker } from './connection.ts';
import { headerNames } from './message.ts';
import { deadQueue } from './topology.ts';

export interface DeadLetter {
  id: bigint;
  messageId: string | null;
  queue: string;
  type: string | null;
  /** The body as text; it may not be JSON. */
  content: string;
  reason: string;
  attempts: number;
  at: Date;
}

/** Moves dead letters from RabbitMQ to Postgres, where they can be looked at without being taken. One per deployment is enough. */
export function keepDeadLetters({ broker, db, clock }: { broker: Broker; db: Kysely<Database>; clock: Clock }): {
  ready: Promise<void>;
  stop(): Promise<void>;
} {
  const link = broker.withChannel('keeper of dead letters', async (channel) => {
    await channel.prefetch(50);
    await channel.consume(deadQueue.name, (received) => {
      if (!received) return void channel.close().catch(() => {});
      keep(db, clock, received).then(
        () => channel.ack(received),
        (error) => {
          broker.log.error({ err: error }, 'a dead letter could not be kept');
          // Closing gives every letter back; the rebuilt channel tries again, a moment later.
          setTimeout(() => void channel.close().catch(() => {}), 1_000);
        },
      );
    });
  });
  return { ready: link.ready, stop: () => link.close() };
}

async function keep(
  db: Kysely<Database>,
  clock: Clock,
  { properties, fields, content }: ConsumeMessage,
): Promise<void> {
  const headers: Record<string, unknown> = properties.headers ?? {};
  await db
    .insertInto('dead_letter')
    .values({
      message_id: text(properties.messageId),
      // Ours says it in its headers; RabbitMQ, which buries what was delivered too often, says it in its own.
      queue: text(headers[headerNames.queue]) ?? text(headers['x-first-death-queue']) ?? fields.routingKey,
      type: text(properties.type),
      content,
      headers: JSON.stringify(headers),
      reason: text(headers[headerNames.reason]) ?? `RabbitMQ: ${text(headers['x-first-death-reason']) ?? 'unknown'}`,
      attempts: Number(headers[headerNames.attempt] ?? 1) || 1,
      at: clock.now(),
    })
    .execute();
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The newest dead letters first; `before` is the id of the last one of the page before. */
export async function listDeadLetters(
  db: Kysely<Database>,
  { limit, before }: { limit: number; before?: bigint },
): Promise<DeadLetter[]> {
  const rows = await db
    .selectFrom('dead_letter')
    .selectAll()
    .$if(before !== undefined, (query) => query.where('id', '<', before as bigint))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(toDeadLetter);
}

/**
 * Sends a dead letter back to the queue that gave it up, as a first try. If it had taken effect after all, the inbox
 * absorbs it.
 *
 * @throws DomainError `not_found`
 * @throws DomainError `invalid_request` when it was malformed: no try will ever succeed
 */
export async function replayDeadLetter(db: Kysely<Database>, id: bigint): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const row = await trx.deleteFrom('dead_letter').where('id', '=', id).returningAll().executeTakeFirst();
    if (!row) throw new DomainError('not_found', 'There is no such dead letter.');
    const body = jsonOf(row.content);
    if (row.message_id === null || row.type === null || body === undefined)
      throw new DomainError('invalid_request', 'This message is malformed.', { fix: 'Discard it.' });
    await trx
      .insertInto('outbox')
      .values({
        message_id: row.message_id,
        // The default exchange: straight to the queue.
        exchange: '',
        routing_key: row.queue,
        type: row.type,
        body,
        headers: JSON.stringify(
          Object.fromEntries(
            [headerNames.trace, headerNames.request]
              .map((name) => [name, row.headers[name]])
              .filter(([, value]) => typeof value === 'string'),
          ),
        ),
      })
      .execute();
  });
}

/** Replays every dead letter that is well formed, oldest first; answers how many. */
export async function replayAllDeadLetters(db: Kysely<Database>): Promise<number> {
  const rows = await db.selectFrom('dead_letter').select('id').orderBy('id').execute();
  let replayed = 0;
  for (const { id } of rows) {
    try {
      await replayDeadLetter(db, id);
      replayed++;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
  }
  return replayed;
}

/** @throws DomainError `not_found` */
export async function discardDeadLetter(db: Kysely<Database>, id: bigint): Promise<void> {
  const { numDeletedRows } = await db.deleteFrom('dead_letter').where('id', '=', id).executeTakeFirst();
  if (numDeletedRows === 0n) throw new DomainError('not_found', 'There is no such dead letter.');
}

function jsonOf(content: Buffer): string | undefined {
  try {
    return JSON.stringify(JSON.parse(content.toString('utf8')));
  } catch {
    return undefined;
  }
}

function toDeadLetter(row: Selectable<Database['dead_letter']>): DeadLetter {
  return {
    id: row.id,
    messageId: row.message_id,
    queue: row.queue,
    type: row.type,
    content: row.content.toString('utf8'),
    reason: row.reason,
    attempts: row.attempts,
    at: row.at,
  };
}

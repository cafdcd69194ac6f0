/**
 * Consumers: each message takes effect once, however often it comes, and one that cannot be handled is retried after
 * growing delays and then buried with its reason.
 */
import { type Clock, isDomainError, withTrace } from '@muster/common';
import { type Database, databaseError, type Kysely, type Transaction } from '@muster/db';
import type { ConfirmChannel, ConsumeMessage } from 'amqplib';
import { z } from 'zod';
import type { Broker } from './connection.ts';
import { headerNames, type Message, parseMessage, type ReceivedMessage } from './message.ts';
import {
  declareQueue,
  exchanges,
  type QueueSpec,
  type RetryDelayMs,
  retryDelaysMs,
  retryExchange,
} from './topology.ts';

/** How one type of message is handled: made by `inTransaction` or `idempotent`. */
export interface Handler {
  parse(body: unknown): z.ZodSafeParseResult<unknown>;
  run(
    consumer: { db: Kysely<Database>; clock: Clock; name: string },
    message: Message,
  ): Promise<'handled' | 'duplicate'>;
}

/**
 * The handler runs in one transaction with the inbox row: its effect is there exactly once. It must not use the network
 * (invariant 9).
 */
export function inTransaction<Body>(
  schema: z.ZodType<Body>,
  handle: (trx: Transaction<Database>, message: Message<Body>) => Promise<unknown>,
): Handler {
  return {
    parse: (body) => schema.safeParse(body),
    run: ({ db, clock, name }, message) =>
      db.transaction().execute(async (trx) => {
        const { numInsertedOrUpdatedRows } = await trx
          .insertInto('inbox')
          .values({ consumer: name, message_id: message.id, at: clock.now() })
          .onConflict((conflict) => conflict.doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) return 'duplicate';
        await handle(trx, message as Message<Body>);
        return 'handled';
      }),
  };
}

/** For work that touches the network: it may run more than once for one message, and must end in the same state. */
export function idempotent<Body>(
  schema: z.ZodType<Body>,
  handle: (message: Message<Body>) => Promise<unknown>,
): Handler {
  return {
    parse: (body) => schema.safeParse(body),
    run: async (_, message) => {
      await handle(message as Message<Body>);
      return 'handled';
    },
  };
}

export interface ConsumeOptions {
  broker: Broker;
  db: Kysely<Database>;
  clock: Clock;
  queue: QueueSpec;
  /** By type; `*` takes every other type. A message that nothing takes is a dead letter. */
  handlers: Record<string, Handler>;
  /** How many messages are worked on at once. */
  prefetch?: number;
  /** The delay before each further try: by default all of `retryDelaysMs`. */
  delaysMs?: readonly RetryDelayMs[];
}

export interface Consumer {
  /** Settles when RabbitMQ delivers for the first time. */
  ready: Promise<void>;
  /** Takes no more, and waits for what is being worked on. */
  stop(): Promise<void>;
}

/** Declares the queue and consumes it for as long as the process lives, over every reconnect. */
export function consume(options: ConsumeOptions): Consumer {
  const { broker, db, clock, queue, handlers, prefetch = 20, delaysMs = retryDelaysMs } = options;
  const inFlight = new Set<Promise<void>>();
  let consumerTag: string | undefined;

  const link = broker.withChannel(`consumer of ${queue.name}`, async (channel) => {
    await declareQueue(channel, queue);
    await channel.prefetch(prefetch);
    const ok = await channel.consume(queue.name, (received) => {
      // RabbitMQ cancels a consumer when its queue is deleted: begin again, and declare it.
      if (!received) return void channel.close().catch(() => {});
      const work = settle(channel, received).finally(() => inFlight.delete(work));
      inFlight.add(work);
    });
    consumerTag = ok.consumerTag;
  });

  /** Ends every delivery in an acknowledgement, unless the channel is gone: then RabbitMQ delivers it again. */
  async function settle(channel: ConfirmChannel, received: ConsumeMessage): Promise<void> {
    try {
      await take(received);
      channel.ack(received);
    } catch (error) {
      broker.log.warn({ err: error, queue: queue.name }, 'a message could neither be handled nor put aside');
      try {
        channel.nack(received);
      } catch {
        // The channel is closed, which gives the message back just the same.
      }
    }
  }

  async function take(received: ConsumeMessage): Promise<void> {
    let message: ReceivedMessage;
    try {
      message = parseMessage(received);
    } catch (error) {
      return bury(received, `malformed: ${(error as Error).message}`, 1);
    }
    const { type, attempt } = message;
    const handler = handlers[type] ?? handlers['*'];
    if (!handler) return bury(received, `nothing here handles ${type}`, attempt);
    const parsed = handler.parse(message.body);
    if (!parsed.success) return bury(received, `malformed: ${z.prettifyError(parsed.error)}`, attempt);

    await withTrace(message.trace, async () => {
      try {
        const outcome = await withQuickRetry(() =>
          handler.run({ db, clock, name: queue.name }, { id: message.id, type, attempt, body: parsed.data }),
        );
        if (outcome === 'duplicate') broker.metrics.duplicates.inc({ queue: queue.name });
        else broker.metrics.consumed.inc({ queue: queue.name, type });
      } catch (error) {
        broker.metrics.failed.inc({ queue: queue.name, type });
        await retryOrBury(received, message, error);
      }
    });
  }

  async function retryOrBury(received: ConsumeMessage, { id, type, attempt }: Message, error: unknown): Promise<void> {
    // While Postgres is away no message is to blame: it goes round without using up a try.
    const blameless = isOutage(error);
    const delayMs = blameless ? retryDelaysMs[0] : delaysMs[attempt - 1];
    if (delayMs === undefined) return bury(received, reasonOf(error), attempt);
    broker.log.warn(
      { err: error, queue: queue.name, type, messageId: id, attempt, delayMs },
      'a message is tried again',
    );
    await forward(received, retryExchange(delayMs), { [headerNames.attempt]: blameless ? attempt : attempt + 1 });
    broker.metrics.retried.inc({ queue: queue.name });
  }

  async function bury(received: ConsumeMessage, reason: string, attempt: number): Promise<void> {
    broker.log.error({ queue: queue.name, reason, messageId: received.properties.messageId }, 'a message is given up');
    await forward(received, exchanges.dead, { [headerNames.reason]: reason, [headerNames.attempt]: attempt });
    broker.metrics.deadLettered.inc({ queue: queue.name });
  }

  /** Passes the message on, byte for byte, and returns when RabbitMQ has it: only then is the original acknowledged. */
  async function forward(received: ConsumeMessage, exchange: string, headers: Record<string, unknown>): Promise<void> {
    const channel = link.current();
    if (!channel) throw new Error('RabbitMQ is away');
    const { messageId, type, contentType, timestamp } = received.properties;
    await new Promise<void>((resolve, reject) => {
      channel.publish(
        exchange,
        queue.name,
        received.content,
        {
          messageId,
          type,
          contentType,
          timestamp,
          persistent: true,
          headers: { ...received.properties.headers, [headerNames.queue]: queue.name, ...headers },
        },
        (error) => (error ? reject(error) : resolve()),
      );
    });
  }

  return {
    ready: link.ready,
    async stop() {
      const channel = link.current();
      if (channel && consumerTag) await channel.cancel(consumerTag).catch(() => {});
      while (inFlight.size > 0) await Promise.all(inFlight);
      await link.close();
    },
  };
}

const quickTries = 4;

/** Two writers that met on one row: the loser reads again at once, since the winner is done. */
async function withQuickRetry<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === quickTries || !isCollision(error)) throw error;
    }
  }
}

function isCollision(error: unknown): boolean {
  // serialization_failure, deadlock_detected
  return isDomainError(error, 'conflict') || ['40001', '40P01'].includes(databaseError(error)?.code ?? '');
}

function isOutage(error: unknown): boolean {
  const code = databaseError(error)?.code ?? (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  // Class 57P: the server is shutting down or starting; 53300: too many connections.
  if (/^57P0[1-3]$|^53300$|^08|^ECONN|^ENOTFOUND$|^ETIMEDOUT$|^EPIPE$|^EAI_AGAIN$/.test(code)) return true;
  return (
    error instanceof Error && /^Connection terminated|^timeout exceeded when trying to connect/.test(error.message)
  );
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 1_000);
}

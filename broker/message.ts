/** A message: its envelope on the wire and how it is read back. */
import { continueTrace, currentTrace, DomainError, type Trace } from '@muster/common';
import type { Message as AmqpMessage, Options } from 'amqplib';
import { z } from 'zod';
import type { exchanges } from './topology.ts';

/** What is sent. The body is JSON: no bigint, and instants as ISO strings. */
export interface OutgoingMessage {
  id: string;
  /** One of `exchanges`, or '' for the queue that the routing key names. */
  exchange: (typeof exchanges)[keyof typeof exchanges] | '';
  routingKey: string;
  type: string;
  body: unknown;
  headers?: Record<string, string | number>;
}

/** What a handler gets. */
export interface Message<Body = unknown> {
  id: string;
  type: string;
  body: Body;
  /** 1 for the first try. */
  attempt: number;
}

/** A received message with what is needed to retry or bury it. */
export interface ReceivedMessage extends Message {
  trace: Trace;
}

export const headerNames = {
  trace: 'traceparent',
  request: 'x-muster-request',
  attempt: 'x-muster-attempt',
  queue: 'x-muster-queue',
  reason: 'x-muster-reason',
} as const;

/** The trace that the sender stands in, as headers. */
export function traceHeaders(): Record<string, string> {
  const trace = currentTrace();
  return {
    [headerNames.trace]: trace?.traceparent ?? continueTrace(undefined),
    ...(trace?.requestId && { [headerNames.request]: trace.requestId }),
  };
}

/** The AMQP properties of an outgoing message. */
export function propertiesOf(message: Pick<OutgoingMessage, 'id' | 'type' | 'headers'>): Options.Publish {
  return {
    messageId: message.id,
    type: message.type,
    persistent: true,
    contentType: 'application/json',
    headers: { ...traceHeaders(), ...message.headers },
  };
}

const properties = z.object({
  messageId: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  headers: z
    .object({
      [headerNames.trace]: z.string().optional().catch(undefined),
      [headerNames.request]: z.string().optional().catch(undefined),
      [headerNames.attempt]: z.number().int().min(1).optional().catch(undefined),
    })
    .optional(),
});

/**
 * Reads a message's envelope and JSON.
 *
 * @throws DomainError `invalid_request` when it is not one of ours
 */
export function parseMessage(received: AmqpMessage): ReceivedMessage {
  const parsed = properties.safeParse(received.properties);
  if (!parsed.success) throw new DomainError('invalid_request', `malformed envelope: ${z.prettifyError(parsed.error)}`);
  const { messageId, type, headers } = parsed.data;
  return {
    id: messageId,
    type,
    body: parseJson(received.content),
    attempt: headers?.[headerNames.attempt] ?? 1,
    trace: {
      traceparent: continueTrace(headers?.[headerNames.trace]),
      ...(headers?.[headerNames.request] && { requestId: headers[headerNames.request] }),
    },
  };
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString('utf8'));
  } catch (error) {
    throw new DomainError('invalid_request', 'malformed body: not JSON', { cause: error });
  }
}

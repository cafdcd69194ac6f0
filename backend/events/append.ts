/** Writing what happened: the event and the message that tells of it, in the transaction that made it so (invariant 3). */
import { enqueue, exchanges } from '@muster/broker';
import type { SubjectKind } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';

export interface NewEvent {
  /** The tenant that may see it; null is for operators only. */
  organizationId: string | null;
  subject: { kind: SubjectKind; id: string };
  /** What happened, in the past tense or as the state reached: `running`, `repaired`, `balance_low`. */
  type: string;
  /** The subject's state after it, when this is a change of a life cycle. */
  state?: string;
  /** The subject's version after it; a version is reached once. */
  version?: number;
  actorId: string;
  /** A sentence for the person who reads the timeline. */
  reason: string;
  /** More for programs: JSON, without money as numbers. */
  body?: Record<string, unknown>;
}

/**
 * Appends an event and the outbox row that publishes it under `<subject>.<type>`.
 *
 * @returns the event's id
 */
export async function appendEvent(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock' | 'ids'>,
  event: NewEvent,
): Promise<string> {
  const [id] = await appendEvents(trx, context, [event]);
  return id!;
}

/** Several events in their order, by two statements however many they are. @returns their ids */
export async function appendEvents(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock' | 'ids'>,
  events: readonly NewEvent[],
): Promise<string[]> {
  if (events.length === 0) return [];
  const at = context.clock.now();
  const rows = events.map((event) => ({
    id: context.ids.next('event'),
    organization_id: event.organizationId,
    subject_kind: event.subject.kind,
    subject_id: event.subject.id,
    type: `${event.subject.kind}.${event.type}`,
    state: event.state ?? null,
    version: event.version ?? null,
    actor_id: event.actorId,
    reason: event.reason,
    body: JSON.stringify(event.body ?? {}),
    at,
  }));
  await trx.insertInto('event').values(rows).execute();
  await enqueue(
    trx,
    ...rows.map(({ id, type, organization_id, subject_id }, index) => ({
      id: context.ids.next('message'),
      exchange: exchanges.events,
      routingKey: type,
      type,
      body: {
        eventId: id,
        organizationId: organization_id,
        subjectId: subject_id,
        state: events[index]!.state,
        version: events[index]!.version,
        at: at.toISOString(),
      },
    })),
  );
  return rows.map(({ id }) => id);
}

/** The one way in which a worker's row changes: under its lock, by compare-and-set, with the event that tells of it (invariant 3). */
import { DomainError } from '@muster/common';
import type { Database, Transaction, Updateable, WorkerTable } from '@muster/db';
import { appendEvent, type NewEvent } from '@muster/events';
import type { Facts } from './facts.ts';
import { statusOf } from './status.ts';
import { assessRow, type WorkerRow, type WorkersContext } from './worker.ts';

/** Who changes a worker, and why: shown in its timeline. */
export interface Cause {
  actorId: string;
  reason: string;
}

export type WorkerChanges = Omit<Updateable<WorkerTable>, 'id' | 'version' | 'status' | 'readiness' | 'facts'> & {
  facts?: Facts;
};

/** The row under its lock, until the transaction ends. Rows that only refer to it, such as leases and windows, are written meanwhile. */
export async function lockWorker(trx: Transaction<Database>, workerId: string): Promise<WorkerRow | undefined> {
  return trx.selectFrom('worker').selectAll().where('id', '=', workerId).forNoKeyUpdate().executeTakeFirst();
}

/**
 * Applies changes to a worker, moves both axes to where they now belong, and appends an event if anything is different.
 *
 * @param read the row that the change was decided on
 * @returns the row as it is now; `read` itself when nothing is different
 * @throws DomainError `conflict` when the row has changed since it was read
 */
export async function changeWorker(
  trx: Transaction<Database>,
  context: WorkersContext,
  read: WorkerRow,
  changes: WorkerChanges,
  cause: Cause,
): Promise<WorkerRow> {
  const wanted = position(context, { ...read, ...changes } as WorkerRow, read.readiness === 'hired');
  const moved = wanted.status !== read.status || wanted.readiness !== read.readiness;
  if (!moved && !differs(read, changes)) return read;

  const { facts, ...columns } = changes;
  const row = await trx
    .updateTable('worker')
    .set({ ...columns, ...(facts && { facts: JSON.stringify(facts) }), ...wanted, version: read.version + 1 })
    .where('id', '=', read.id)
    .where('version', '=', read.version)
    .returningAll()
    .executeTakeFirst();
  if (!row) {
    throw new DomainError('conflict', 'The worker has changed in the meantime.', { fix: 'Read it again and retry.' });
  }
  await appendEvent(trx, context, eventOf(row, moved ? row.status : 'updated', cause));
  return row;
}

/** The event of a new version of a worker, with what analytics counts supply by. */
export function eventOf(row: WorkerRow, type: string, cause: Cause): NewEvent {
  return {
    organizationId: row.organization_id,
    subject: { kind: 'worker', id: row.id },
    type,
    state: row.status,
    version: row.version,
    ...cause,
    body: {
      readiness: row.readiness,
      simulated: row.simulated,
      modelId: row.model_id,
      deviceCount: row.device_count,
      country: row.country,
    },
  };
}

/** Where a row belongs on both axes. */
export function position(
  context: WorkersContext,
  row: WorkerRow,
  hired: boolean,
): Pick<WorkerRow, 'status' | 'readiness'> {
  const readiness = assessRow(context, { ...row, readiness: hired ? 'hired' : 'registered' }).step;
  const status = statusOf(
    {
      blocked: row.blocked,
      connected: row.connected,
      lastContactAt: row.last_seen_at ?? row.created_at,
      unsupported: row.model_id === null && Object.keys(row.facts).length > 0,
      draining: row.draining,
      paused: row.paused,
      hired,
    },
    context.clock.now(),
  );
  return { status, readiness };
}

/** Contact alone is no change: it is told by Redis and noted with the next one. */
function differs(read: WorkerRow, changes: WorkerChanges): boolean {
  return Object.entries(changes).some(
    ([column, value]) => column !== 'last_seen_at' && !same(read[column as keyof WorkerRow], value),
  );
}

/** Whether a column's value is the same; JSON by its content. */
export function same(left: unknown, right: unknown): boolean {
  return typeof left === 'object' && left !== null ? canonical(left) === canonical(right) : left === right;
}

/** JSON with sorted keys: jsonb does not keep their order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

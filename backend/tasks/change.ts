/** The one way in which a task's row changes: compare-and-set, with its event and message (invariant 3). */
import { DomainError, type Fault, type TaskState } from '@muster/common';
import type { Context, Database, TaskTable, Transaction, Updateable } from '@muster/db';
import { appendEvent } from '@muster/events';
import { isFinal, mayFollow } from './states.ts';
import type { TaskRow } from './task.ts';

/** Who moves a task, and why: shown to its owner. */
export interface Cause {
  actorId: string;
  reason: string;
  body?: Record<string, unknown>;
}

type TaskChanges = Omit<Updateable<TaskTable>, 'id' | 'version' | 'state'>;

/**
 * Moves a task to another state.
 *
 * @param read the row that the change was decided on
 * @throws DomainError `illegal_transition` when `to` may not follow; `conflict` when the row has changed since it was read
 */
export async function transition(
  trx: Transaction<Database>,
  context: Context,
  read: TaskRow,
  to: TaskState,
  cause: Cause,
  changes: TaskChanges = {},
): Promise<TaskRow> {
  if (!mayFollow(read.state, to)) {
    throw new DomainError('illegal_transition', `A task that is ${read.state} cannot become ${to}.`);
  }
  const row = await trx
    .updateTable('task')
    .set({
      ...changes,
      ...(isFinal(to) && { ended_at: context.clock.now(), reason: cause.reason }),
      state: to,
      version: read.version + 1,
    })
    .where('id', '=', read.id)
    .where('version', '=', read.version)
    .returningAll()
    .executeTakeFirst();
  if (!row) throw new DomainError('conflict', 'The task has changed in the meantime.', { fix: 'Read it again.' });
  await tell(trx, context, row, cause);
  return row;
}

/** The event of a row as it is now. */
export async function tell(
  trx: Transaction<Database>,
  context: Context,
  row: TaskRow,
  { actorId, reason, body }: Cause,
): Promise<void> {
  await appendEvent(trx, context, {
    organizationId: row.organization_id,
    subject: { kind: 'task', id: row.id },
    type: row.state,
    state: row.state,
    version: row.version,
    actorId,
    reason,
    body: { ...body, clusterId: row.cluster_id, attempt: row.attempt },
  });
}

/**
 * Ends an attempt that went wrong: the user's fault is final, the platform's puts the task back into the queue, at its old place, as long
 * as attempts are left.
 */
export async function failAttempt(
  trx: Transaction<Database>,
  context: Context,
  read: TaskRow,
  fault: Fault,
  reason: string,
  exitCode: number | null = null,
): Promise<TaskRow> {
  const actorId = 'system:tasks';
  if (fault === 'platform' && read.attempt < read.max_attempts) {
    const again = `a fault of the platform: ${reason}; it is started again`;
    return transition(
      trx,
      context,
      read,
      'queued',
      { actorId, reason: again },
      {
        cluster_ranks: null,
        lease_ids: null,
        started_at: null,
        reason: again,
      },
    );
  }
  return transition(trx, context, read, 'failed', { actorId, reason, body: { fault } }, { fault, exit_code: exitCode });
}

/** Archived logs: the end of what each rank wrote, kept when its pod is gone. */
import { type Actor, DomainError } from '@muster/common';
import type { Context } from '@muster/db';
import { getTask } from './run.ts';

export interface ArchivedLog {
  attempt: number;
  rank: number;
  text: string;
  /** Its beginning was cut off. */
  truncated: boolean;
  archivedAt: Date;
}

/**
 * Keeps the log of a rank that has ended. Keeping it again replaces it: the pool may be asked twice. A task that is not the
 * cluster's is none that its pool can tell of: nothing is kept.
 */
export async function archiveLog(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  log: { clusterId: string; taskId: string; attempt: number; rank: number; text: string; truncated: boolean },
): Promise<void> {
  const task = await db
    .selectFrom('task')
    .select('id')
    .where('id', '=', log.taskId)
    .where('cluster_id', '=', log.clusterId)
    .executeTakeFirst();
  if (!task) return;
  // Postgres keeps no NUL in text, and a program may write one.
  const text = log.text.replaceAll('\0', '\u{fffd}');
  const kept = { text, truncated: log.truncated, archived_at: clock.now() };
  await db
    .insertInto('task_log')
    .values({ task_id: log.taskId, attempt: log.attempt, rank: log.rank, ...kept })
    .onConflict((conflict) => conflict.columns(['task_id', 'attempt', 'rank']).doUpdateSet(kept))
    .execute();
}

/**
 * The log of a rank of one's own task, of its last attempt that left one.
 *
 * @throws DomainError `not_found` when there is no such task, or nothing was kept of the rank
 */
export async function readArchivedLog(
  context: Context,
  actor: Actor,
  taskId: string,
  rank: number,
): Promise<ArchivedLog> {
  await getTask(context, actor, taskId);
  const row = await context.db
    .selectFrom('task_log')
    .selectAll()
    .where('task_id', '=', taskId)
    .where('rank', '=', rank)
    .orderBy('attempt', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'No log of this rank was kept.');
  const { attempt, text, truncated } = row;
  return { attempt, rank, text, truncated, archivedAt: row.archived_at };
}

/** What time alone does to tasks: attempts that take too long end. */
import { lockAround } from '@muster/clusters';
import { forEach, minuteMs } from '@muster/common';
import { type Context, sql } from '@muster/db';
import { failAttempt } from './change.ts';
import { afterAttempt } from './observe.ts';

/** An attempt that has not begun to run for so long is a fault of the platform. */
const startingMs = 10 * minuteMs;

/** Ends attempts that take too long: by the user's own limit, or because they never began. @returns how many */
export async function timeOutDue(context: Context): Promise<number> {
  const now = context.clock.now();
  const late = sql<boolean>`
    (state = 'running' and started_at + make_interval(secs => timeout_seconds) <= ${now})
    or (state = 'starting' and attempt_at <= ${new Date(now.getTime() - startingMs)})`;
  const due = await context.db.selectFrom('task').select(['id', 'cluster_id']).where(late).execute();
  await forEach(due, ({ id, cluster_id }) =>
    context.db.transaction().execute(async (trx) => {
      const cluster = await lockAround(trx, cluster_id);
      const task = await trx
        .selectFrom('task')
        .selectAll()
        .where('id', '=', id)
        .where(late)
        .forUpdate()
        .executeTakeFirst();
      if (!cluster || !task) return;
      const ended =
        task.state === 'running'
          ? await failAttempt(trx, context, task, 'user', `it ran for longer than its ${task.timeout_seconds} s`)
          : await failAttempt(trx, context, task, 'platform', 'it did not begin to run');
      await afterAttempt(trx, context, cluster, ended);
    }),
  );
  return due.length;
}

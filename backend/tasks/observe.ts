/** What a pool reports of a task becomes what the database says. */
import { unreleasedLeases } from '@muster/assembly';
import { type Cluster, completeCluster, lockAround, noteActivity, nudgeCluster } from '@muster/clusters';
import type { Context, Database, Transaction } from '@muster/db';
import { failAttempt, transition } from './change.ts';
import type { TaskObserved } from './reports.ts';
import { scheduleIn } from './schedule.ts';
import { isFinal, isStarted } from './states.ts';
import type { TaskRow } from './task.ts';

const actorId = 'system:tasks';

/**
 * Takes a report in, in the caller's transaction: the consumer's inbox row commits with it.
 *
 * A report of an unknown or ended task, or of another attempt than the present one, is old news and changes nothing. A task never goes
 * back by a report: `pending` after `running` is one that was overtaken.
 */
export async function observeTask(trx: Transaction<Database>, context: Context, report: TaskObserved): Promise<void> {
  const known = await trx.selectFrom('task').select('cluster_id').where('id', '=', report.taskId).executeTakeFirst();
  const cluster = known && (await lockAround(trx, known.cluster_id));
  if (!cluster) return;
  const read = await trx
    .selectFrom('task')
    .selectAll()
    .where('id', '=', report.taskId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  if (!isStarted(read.state) || read.attempt !== report.attempt) return;
  const now = await move(trx, context, read, report);
  if (now !== read) await afterAttempt(trx, context, cluster, now);
}

async function move(
  trx: Transaction<Database>,
  context: Context,
  read: TaskRow,
  { ranks }: TaskObserved,
): Promise<TaskRow> {
  const failed = ranks.filter(({ phase }) => phase === 'failed');
  const gone = ranks.find(({ phase }) => phase === 'gone');
  const byPlatform = failed.find(({ fault }) => fault === 'platform') ?? gone;
  if (byPlatform || (failed.length > 0 && (await lostWorker(trx, read)))) {
    const reason = byPlatform?.reason ?? 'one of its workers was lost';
    return failAttempt(trx, context, read, 'platform', reason);
  }
  // The lowest rank that failed: the others often fail because of it.
  const [first] = failed.toSorted((left, right) => left.rank - right.rank);
  if (first) {
    const reason = `rank ${first.rank} failed${first.reason ? `: ${first.reason}` : ''}`;
    return failAttempt(trx, context, read, 'user', reason, first.exitCode ?? null);
  }
  const seen = new Set(ranks.map(({ rank }) => rank));
  if (seen.size < read.ranks || ranks.some(({ phase }) => phase === 'pending')) return read;
  const started_at = read.started_at ?? context.clock.now();
  if (ranks.every(({ phase }) => phase === 'succeeded')) {
    const reason = read.ranks === 1 ? 'it succeeded' : `all ${read.ranks} ranks succeeded`;
    return transition(trx, context, read, 'succeeded', { actorId, reason }, { exit_code: 0, started_at });
  }
  if (read.state === 'running') return read;
  const reason = read.ranks === 1 ? 'it runs' : `all ${read.ranks} ranks run`;
  return transition(trx, context, read, 'running', { actorId, reason }, { started_at });
}

/** A rank that fails beside one whose worker was lost most likely failed because of it. */
async function lostWorker(trx: Transaction<Database>, { cluster_id, lease_ids }: TaskRow): Promise<boolean> {
  const leases = await unreleasedLeases(trx, cluster_id);
  const standing = new Set(leases.filter(({ letGoAt }) => letGoAt === null).map(({ id }) => id));
  return (lease_ids ?? []).some((id) => !standing.has(id));
}

/** Its ranks are free again: others may start. A job ends with its task. */
export async function afterAttempt(
  trx: Transaction<Database>,
  context: Context,
  cluster: Cluster,
  task: TaskRow,
): Promise<void> {
  await noteActivity(trx, context, cluster.id);
  if (isStarted(task.state)) return;
  await nudgeCluster(trx, context, cluster);
  if (cluster.kind === 'job' && isFinal(task.state)) {
    const reason = task.state === 'succeeded' ? 'completed' : `its task ${task.state}: ${task.reason}`;
    return completeCluster(trx, context, cluster.id, { actorId, reason });
  }
  await scheduleIn(trx, context, cluster);
}

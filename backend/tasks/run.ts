/** What an owner does with tasks: run them, look at them, cancel them. */
import { getCluster, lockAround } from '@muster/clusters';
import { type Actor, DomainError, type TaskState } from '@muster/common';
import { type Context, type Database, type Kysely, type Transaction, violates } from '@muster/db';
import { decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { tell, transition } from './change.ts';
import { afterAttempt } from './observe.ts';
import { scheduleIn } from './schedule.ts';
import { isFinal, isStarted } from './states.ts';
import { mostRanks, type Task, type TaskRow, toTask } from './task.ts';

export interface NewTask {
  name?: string | undefined;
  image: string;
  command?: string[] | undefined;
  args?: string[] | undefined;
  env?: Record<string, string> | undefined;
  ranks?: number | undefined;
  timeoutSeconds?: number | undefined;
  maxAttempts?: number | undefined;
}

/**
 * Queues a task in one's own cluster; it starts when its ranks are free.
 *
 * @param options `id` is the task's id when the caller derived one from an idempotency key: a task of that id is answered as it is
 * @throws DomainError `not_found`; `illegal_transition` when the cluster ends or runs an image of its own; `unfulfillable` when it needs
 * more ranks than the cluster can have
 */
export async function runTask(
  context: Context,
  actor: Actor,
  clusterId: string,
  input: NewTask,
  options: { id?: string } = {},
): Promise<Task> {
  const id = options.id ?? context.ids.next('task');
  try {
    return await context.db.transaction().execute(async (trx) => {
      await getCluster({ ...context, db: trx }, actor, clusterId);
      const cluster = (await lockAround(trx, clusterId))!;
      const existing = options.id && (await find(trx, actor, id));
      if (existing) return toTask(existing);
      if (cluster.kind === 'job' || cluster.request.image !== undefined) {
        throw new DomainError('illegal_transition', 'The cluster runs an image of its own on every worker.', {
          fix: 'Make a container cluster without an image: its workers are free for tasks.',
        });
      }
      if (!['provisioning', 'running', 'degraded'].includes(cluster.state)) {
        throw new DomainError('illegal_transition', `A cluster that is ${cluster.state} takes no tasks.`);
      }
      const ranks = input.ranks ?? 1;
      const most = mostRanks(cluster);
      if (ranks > most) {
        throw new DomainError('unfulfillable', `It needs ${ranks} workers at once and the cluster has ${most}.`, {
          fix: 'Ask for fewer ranks, or scale the cluster first.',
        });
      }
      const row = await trx
        .insertInto('task')
        .values({
          id,
          cluster_id: clusterId,
          organization_id: cluster.organizationId,
          name: input.name ?? `task-${id.slice(-6)}`,
          image: input.image,
          command: input.command ?? [],
          arguments: input.args ?? [],
          environment: JSON.stringify(input.env ?? {}),
          ranks,
          state: 'queued',
          timeout_seconds: input.timeoutSeconds ?? null,
          max_attempts: input.maxAttempts ?? 3,
          created_at: context.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await tell(trx, context, row, { actorId: actor.id, reason: 'queued' });
      await scheduleIn(trx, context, cluster);
      return toTask((await find(trx, actor, id))!);
    });
  } catch (error) {
    if (options.id && violates(error, 'task_pkey')) return getTask(context, actor, id);
    throw error;
  }
}

/** @throws DomainError `not_found`, also for another organization's task (invariant 8) */
export async function getTask({ db }: Context, actor: Actor, id: string): Promise<Task> {
  const row = await find(db, actor, id);
  if (!row) throw unknown();
  return toTask(row);
}

/** The tasks of one's own cluster, newest first. @throws DomainError `not_found` for the cluster */
export async function listTasks(
  context: Context,
  actor: Actor,
  clusterId: string,
  page: PageRequest & { state?: TaskState[] | undefined },
): Promise<Page<Task>> {
  await getCluster(context, actor, clusterId);
  let query = context.db.selectFrom('task').selectAll().where('cluster_id', '=', clusterId);
  if (page.state) query = query.where('state', 'in', page.state);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(rows, page.limit, (row) => row.id, toTask);
}

/**
 * Stops a task, or takes it out of the queue. Cancelling a cancelled one changes nothing.
 *
 * @throws DomainError `not_found`; `illegal_transition` when it has ended by itself
 */
export async function cancelTask(context: Context, actor: Actor, id: string): Promise<Task> {
  const { clusterId } = await getTask(context, actor, id);
  return context.db.transaction().execute(async (trx) => {
    const cluster = (await lockAround(trx, clusterId))!;
    const read = await trx.selectFrom('task').selectAll().where('id', '=', id).forUpdate().executeTakeFirstOrThrow();
    if (read.state === 'cancelled') return toTask(read);
    if (isFinal(read.state)) {
      throw new DomainError('illegal_transition', `The task has ${read.state} already.`);
    }
    const row = await transition(trx, context, read, 'cancelled', {
      actorId: actor.id,
      reason: 'cancelled by its owner',
    });
    if (isStarted(read.state) || cluster.kind === 'job') await afterAttempt(trx, context, cluster, row);
    else await scheduleIn(trx, context, cluster);
    return toTask(row);
  });
}

async function find(
  db: Kysely<Database> | Transaction<Database>,
  actor: Actor,
  id: string,
): Promise<TaskRow | undefined> {
  return db
    .selectFrom('task')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', actor.organizationId)
    .executeTakeFirst();
}

function unknown(): DomainError {
  return new DomainError('not_found', 'There is no such task.');
}

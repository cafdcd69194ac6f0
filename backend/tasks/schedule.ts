/**
 * Scheduling: what should become of a cluster's tasks, from what the cluster is now. Level-triggered: it may be called at any time and any
 * number of times.
 */
import { type Lease, unreleasedLeases } from '@muster/assembly';
import { type Cluster, liveJobIds, lockAround, noteActivity, nudgeCluster } from '@muster/clusters';
import { forEach } from '@muster/common';
import { type Context, type Database, type Kysely, sql, type Transaction } from '@muster/db';
import { failAttempt, tell, transition } from './change.ts';
import { isStarted } from './states.ts';
import { mostRanks, type TaskRow } from './task.ts';

const actorId = 'system:tasks';

/** Brings the tasks of one cluster to where they belong: cancelled, queued again, or started. */
export async function schedule(context: Context, clusterId: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const cluster = await lockAround(trx, clusterId);
    if (cluster) await scheduleIn(trx, context, cluster);
  });
}

/** The tick: every cluster with tasks that have not ended, and every job that has none yet. A lost event costs seconds. */
export async function scheduleAll(context: Context): Promise<void> {
  const waiting = await context.db
    .selectFrom('task')
    .select('cluster_id')
    .distinct()
    .where('ended_at', 'is', null)
    .execute();
  const ids = new Set(waiting.map(({ cluster_id }) => cluster_id));
  for (const id of await withoutTasks(context.db, await liveJobIds(context.db))) ids.add(id);
  await forEach(ids, (id) => schedule(context, id));
}

async function withoutTasks(db: Kysely<Database>, clusterIds: string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('task')
    .select('cluster_id')
    .distinct()
    .where('cluster_id', '=', sql<string>`any(${clusterIds})`)
    .execute();
  const known = new Set(rows.map(({ cluster_id }) => cluster_id));
  return clusterIds.filter((id) => !known.has(id));
}

/** The same, under the cluster's lock, which the caller holds. */
export async function scheduleIn(trx: Transaction<Database>, context: Context, cluster: Cluster): Promise<void> {
  const tasks = await liveTasks(trx, cluster.id);
  const hiring = cluster.state === 'provisioning' || cluster.state === 'running' || cluster.state === 'degraded';
  if (!hiring) return cancelAll(trx, context, cluster, tasks);
  if (cluster.kind === 'job') tasks.push(...(await firstTask(trx, context, cluster)));

  const leases = (await unreleasedLeases(trx, cluster.id)).filter(({ letGoAt }) => letGoAt === null);
  const kept = await giveBackLost(trx, context, tasks, leases);
  const started = cluster.state === 'running' ? await startQueued(trx, context, cluster, kept, leases) : 0;
  const returned = kept.some((task, index) => task !== tasks[index]);
  if (started > 0) await noteActivity(trx, context, cluster.id);
  if (started > 0 || returned) await nudgeCluster(trx, context, cluster);
}

async function liveTasks(trx: Transaction<Database>, clusterId: string): Promise<TaskRow[]> {
  return trx
    .selectFrom('task')
    .selectAll()
    .where('cluster_id', '=', clusterId)
    .where('ended_at', 'is', null)
    .orderBy('id')
    .forUpdate()
    .execute();
}

async function cancelAll(
  trx: Transaction<Database>,
  context: Context,
  cluster: Cluster,
  tasks: readonly TaskRow[],
): Promise<void> {
  const reason = `its cluster ended: ${cluster.endedBecause ?? cluster.state}`;
  for (const task of tasks) await transition(trx, context, task, 'cancelled', { actorId, reason });
}

/** A job is its first task: its image once on every worker. @returns the task, when it is not there yet */
async function firstTask(trx: Transaction<Database>, context: Context, cluster: Cluster): Promise<TaskRow[]> {
  const any = await trx.selectFrom('task').select('id').where('cluster_id', '=', cluster.id).executeTakeFirst();
  if (any) return [];
  const { image, command = [], args = [], env = {} } = cluster.request;
  const row = await trx
    .insertInto('task')
    .values({
      id: context.ids.next('task'),
      cluster_id: cluster.id,
      organization_id: cluster.organizationId,
      name: cluster.name,
      image: image!,
      command,
      arguments: args,
      environment: JSON.stringify(env),
      ranks: cluster.workers,
      state: 'queued',
      created_at: context.clock.now(),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  await tell(trx, context, row, { actorId, reason: 'the task of the job' });
  return [row];
}

/** Attempts of which a worker was lost have failed by the platform's fault. @returns the tasks as they are now */
async function giveBackLost(
  trx: Transaction<Database>,
  context: Context,
  tasks: readonly TaskRow[],
  leases: readonly Lease[],
): Promise<TaskRow[]> {
  const standing = new Set(leases.map(({ id }) => id));
  const now: TaskRow[] = [];
  for (const task of tasks) {
    const lost = isStarted(task.state) && task.lease_ids?.some((id) => !standing.has(id));
    now.push(lost ? await failAttempt(trx, context, task, 'platform', 'one of its workers was lost') : task);
  }
  return now;
}

/**
 * First come, first served: a task that needs many ranks is not overtaken by those that need few, or it might wait for ever. One that
 * needs more than the cluster has since it was scaled down waits for another scaling, and holds up nobody.
 */
async function startQueued(
  trx: Transaction<Database>,
  context: Context,
  cluster: Cluster,
  tasks: readonly TaskRow[],
  leases: readonly Lease[],
): Promise<number> {
  const taken = new Set(tasks.filter(({ state }) => isStarted(state)).flatMap(({ lease_ids }) => lease_ids ?? []));
  const free = leases.filter(({ id, state, ready }) => state === 'active' && ready && !taken.has(id));
  let started = 0;
  const most = mostRanks(cluster);
  for (const task of tasks.filter(({ state, ranks }) => state === 'queued' && ranks <= most)) {
    if (task.ranks > free.length) break;
    const chosen = free.splice(0, task.ranks);
    const ranks = chosen.map(({ rank }) => rank);
    const reason = `on ${ranks.length === 1 ? 'worker' : 'workers'} ${ranks.join(', ')}`;
    await transition(
      trx,
      context,
      task,
      'starting',
      { actorId, reason },
      {
        attempt: task.attempt + 1,
        cluster_ranks: ranks,
        lease_ids: chosen.map(({ id }) => id),
        started_at: null,
        attempt_at: context.clock.now(),
        reason: null,
      },
    );
    started++;
  }
  return started;
}

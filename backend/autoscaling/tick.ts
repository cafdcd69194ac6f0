/** The tick of autoscaling: clusters follow their tasks between their bounds, and idle ones are shut down. */
import { type Cluster, completeCluster, lockAround, scaleCluster, selfManaged } from '@muster/clusters';
import { forEach, isDomainError, minuteMs, systemActor } from '@muster/common';
import type { Context } from '@muster/db';
import { type TaskDemand, taskDemand } from '@muster/tasks';
import { decide } from './decide.ts';

/** When supply was short, the next try waits so long. */
const retryMs = minuteMs;
const none: TaskDemand = { queuedRanks: 0, largestQueued: 0, startedRanks: 0, highestRank: -1 };

/** Makes the tick. It remembers only which clusters found no supply, so as not to ask again at once. */
export function createAutoscaler(context: Context): () => Promise<void> {
  const notBefore = new Map<string, number>();
  return async () => {
    const clusters = await selfManaged(context.db);
    const demand = await taskDemand(
      context.db,
      clusters.map(({ id }) => id),
    );
    const now = context.clock.now().getTime();
    for (const [id, time] of notBefore) if (time <= now) notBefore.delete(id);
    await forEach(clusters, async (cluster) => {
      const load = demand.get(cluster.id) ?? none;
      const quietMs = now - cluster.lastActiveAt.getTime();
      const idle = load.queuedRanks + load.startedRanks === 0;
      if (idle && cluster.idleShutdownSeconds !== null && quietMs >= cluster.idleShutdownSeconds * 1_000) {
        await shutDown(context, cluster);
      } else if (cluster.autoscaling && (notBefore.get(cluster.id) ?? 0) <= now) {
        const workers = decide({ workers: cluster.workers, ...cluster.autoscaling, ...load, quietMs });
        if (workers !== cluster.workers && !(await scale(context, cluster, workers))) {
          notBefore.set(cluster.id, now + retryMs);
        }
      }
    });
  };
}

/** Under the cluster's lock, so that a task that came meanwhile is seen. */
async function shutDown(context: Context, { id, idleShutdownSeconds }: Cluster): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockAround(trx, id);
    if ((await taskDemand(trx, [id])).size > 0) return;
    const reason = `idle for ${idleShutdownSeconds} s`;
    await completeCluster(trx, context, id, { actorId: 'system:autoscaling', reason });
  });
}

/** As many as there are, when there are not enough. @returns false when nothing could be had, or paid */
async function scale(context: Context, cluster: Cluster, workers: number): Promise<boolean> {
  const actor = systemActor('autoscaling', cluster.organizationId);
  try {
    await scaleCluster(context, actor, cluster.id, {
      workers,
      atLeast: async (trx) => ((await taskDemand(trx, [cluster.id])).get(cluster.id) ?? none).highestRank + 1,
    });
    return true;
  } catch (error) {
    if (isDomainError(error, 'unfulfillable')) {
      const matching = Number(error.details?.matching ?? 0);
      const fewer = cluster.workers + matching;
      return matching > 0 && fewer < workers && scale(context, cluster, fewer);
    }
    if (isDomainError(error)) return false;
    throw error;
  }
}

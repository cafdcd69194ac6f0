/** How much work waits in clusters and how much runs: what autoscaling looks at. */
import { type Database, type Kysely, sql } from '@muster/db';

export interface TaskDemand {
  /** Ranks that queued tasks ask for together, and the most that one of them asks for. */
  queuedRanks: number;
  largestQueued: number;
  /** Ranks that are taken. */
  startedRanks: number;
  /** The highest rank of the cluster that is taken; -1 when none is. */
  highestRank: number;
}

/** By cluster; a cluster without live tasks is absent. */
export async function taskDemand(
  db: Kysely<Database>,
  clusterIds: readonly string[],
): Promise<Map<string, TaskDemand>> {
  const rows = await db
    .selectFrom('task')
    .select(['cluster_id', 'state', 'ranks', 'cluster_ranks'])
    .where('cluster_id', '=', sql<string>`any(${clusterIds})`)
    .where('ended_at', 'is', null)
    .execute();
  const demand = new Map<string, TaskDemand>();
  for (const { cluster_id, state, ranks, cluster_ranks } of rows) {
    const of = demand.get(cluster_id) ?? { queuedRanks: 0, largestQueued: 0, startedRanks: 0, highestRank: -1 };
    if (state === 'queued') {
      of.queuedRanks += ranks;
      of.largestQueued = Math.max(of.largestQueued, ranks);
    } else {
      of.startedRanks += ranks;
      of.highestRank = Math.max(of.highestRank, ...(cluster_ranks ?? []));
    }
    demand.set(cluster_id, of);
  }
  return demand;
}

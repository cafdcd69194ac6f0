/** The whole intent of a cluster, for the orchestrator: its leases, and the tasks that should run on them. */
import { type DesiredCluster, desiredCluster } from '@muster/clusters';
import type { Database, Kysely } from '@muster/db';

export interface DesiredTask {
  id: string;
  /** Pods are named by it: another attempt is other pods. */
  attempt: number;
  /** It was seen to run: a pod of it that is not there is gone, and must not be made again. */
  started: boolean;
  image: string;
  command: string[];
  args: string[];
  env: Record<string, string>;
  /** Rank 0 of the task first. */
  ranks: { rank: number; clusterRank: number; leaseId: string }[];
}

export interface Desired extends DesiredCluster {
  /** Every other task's pods should not be there. */
  tasks: DesiredTask[];
}

/** Read in one snapshot. @returns undefined when nothing of the cluster should be in any pool */
export async function desired(db: Kysely<Database>, clusterId: string): Promise<Desired | undefined> {
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const cluster = await desiredCluster(trx, clusterId);
      if (!cluster) return undefined;
      const rows = await trx
        .selectFrom('task')
        .selectAll()
        .where('cluster_id', '=', clusterId)
        .where('state', 'in', ['starting', 'running'])
        .orderBy('id')
        .execute();
      const leases = new Set(cluster.leases.map(({ id }) => id));
      const tasks = rows
        .filter((row) => row.lease_ids?.every((id) => leases.has(id)))
        .map(
          (row): DesiredTask => ({
            id: row.id,
            attempt: row.attempt,
            started: row.state === 'running',
            image: row.image,
            command: row.command,
            args: row.arguments,
            env: row.environment,
            ranks: row.lease_ids!.map((leaseId, rank) => ({ rank, clusterRank: row.cluster_ranks![rank]!, leaseId })),
          }),
        );
      return { ...cluster, tasks };
    });
}

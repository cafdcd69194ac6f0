/** Rows of tasks as what leaves the domain. */
import type { Cluster } from '@muster/clusters';
import type { Fault, TaskState } from '@muster/common';
import type { Selectable, TaskTable } from '@muster/db';

export type TaskRow = Selectable<TaskTable>;

export interface Task {
  id: string;
  clusterId: string;
  organizationId: string;
  name: string;
  image: string;
  command: string[];
  args: string[];
  env: Record<string, string>;
  /** On how many of the cluster's workers it runs at once. */
  ranks: number;
  state: TaskState;
  version: number;
  /** How often it was started. */
  attempt: number;
  maxAttempts: number;
  /** The cluster's ranks that it runs on, in the order of its own. */
  clusterRanks: number[] | null;
  exitCode: number | null;
  /** Whose fault a failure is; the user's is final, the platform's is tried again. */
  fault: Fault | null;
  reason: string | null;
  timeoutSeconds: number | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
}

/** The most ranks that a task of this cluster can have. */
export function mostRanks({ workers, autoscaling }: Pick<Cluster, 'workers' | 'autoscaling'>): number {
  return Math.max(workers, autoscaling?.maxWorkers ?? 0);
}

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    clusterId: row.cluster_id,
    organizationId: row.organization_id,
    name: row.name,
    image: row.image,
    command: row.command,
    args: row.arguments,
    env: row.environment,
    ranks: row.ranks,
    state: row.state,
    version: row.version,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    clusterRanks: row.cluster_ranks,
    exitCode: row.exit_code,
    fault: row.fault,
    reason: row.reason,
    timeoutSeconds: row.timeout_seconds,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  };
}

/** What a pool should hold of a cluster: the orchestrator's view of what Postgres says. */
import type { DesiredLease } from '@muster/clusters';
import type { Database, Kysely } from '@muster/db';
import { desired } from '@muster/tasks';

/** What runs in a container. */
export interface Program {
  image: string;
  /** Empty: the image's own. */
  command: string[];
  args: string[];
  env: Record<string, string>;
}

export interface IntendedTask {
  id: string;
  attempt: number;
  /** It has been seen to run: a pod of it that is not there has vanished, and is never made again. */
  started: boolean;
  program: Program;
  /** The lease of each rank of the task, rank 0 first. */
  leaseIds: string[];
}

export interface Intent {
  clusterId: string;
  poolId: string;
  organizationId: string;
  /** Of the cluster's row: reports say which intent they are about. */
  version: number;
  /** The cluster is to end: nothing of it should be in the pool. */
  ending: boolean;
  /** Runs on every worker; without one the cluster is bare capacity for tasks. */
  program: Program | undefined;
  leases: DesiredLease[];
  tasks: IntendedTask[];
}

/** The intent of a cluster, or undefined when nothing of it should be in this pool. */
export async function readIntent(db: Kysely<Database>, poolId: string, clusterId: string): Promise<Intent | undefined> {
  const read = await desired(db, clusterId);
  if (!read || read.poolId !== poolId) return undefined;
  const { image, command, args, env } = read;
  return {
    clusterId: read.id,
    poolId,
    organizationId: read.organizationId,
    version: read.version,
    ending: read.state === 'terminating',
    program: image === null ? undefined : { image, command, args, env },
    leases: read.leases,
    tasks: read.tasks.map(({ id, attempt, started, ranks, ...program }) => ({
      id,
      attempt,
      started,
      program,
      leaseIds: ranks.map(({ leaseId }) => leaseId),
    })),
  };
}

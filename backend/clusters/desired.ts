/** The intent: what should be in a pool of a cluster. The orchestrator makes it so, and reports what is. */
import { unreleasedLeases } from '@muster/assembly';
import { listModels } from '@muster/catalogue';
import type { ClusterKind, ClusterState } from '@muster/common';
import type { Database, Kysely } from '@muster/db';
import { nodesOf } from '@muster/workers';
import { requestOf } from './row.ts';
import { inPool, isHiring } from './states.ts';

export interface DesiredLease {
  id: string;
  /** The cluster's rank that it stands for. */
  rank: number;
  workerId: string;
  nodeName: string;
  devices: number;
  /** The extended resource that a device takes: `nvidia.com/gpu`. */
  resourceName: string;
  /** The lease's part of the worker's processor and memory. */
  cpuMillis: number;
  memoryMb: number;
}

export interface DesiredCluster {
  id: string;
  organizationId: string;
  poolId: string;
  state: ClusterState;
  version: number;
  kind: ClusterKind;
  /** Of a container cluster: on every worker. Without it, and in a job, only tasks run. */
  image: string | null;
  command: string[];
  args: string[];
  env: Record<string, string>;
  simulated: boolean;
  /** By rank; empty when nothing should be there any more. */
  leases: DesiredLease[];
}

/** What a node keeps for itself, in hundredths: the kubelet or the agent, and the pool's own pods. */
const forTheNode = 10;

/** Clusters of which a pool holds something, or should. Every other namespace of ours in the pool is to be reaped. */
export async function liveClusterIds(db: Kysely<Database>, poolId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('cluster')
    .select('id')
    .where('pool_id', '=', poolId)
    .where('ended_at', 'is', null)
    .where('state', 'in', inPool)
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** The intent of one cluster, or undefined when it is unknown, in no pool yet, or ended: nothing of it should be in any pool. */
export async function desiredCluster(db: Kysely<Database>, clusterId: string): Promise<DesiredCluster | undefined> {
  const row = await db
    .selectFrom('cluster')
    .selectAll()
    .where('id', '=', clusterId)
    .where('state', 'in', inPool)
    .executeTakeFirst();
  if (!row || row.pool_id === null) return undefined;
  const { image, command = [], args = [], env = {} } = requestOf(row);
  return {
    id: row.id,
    organizationId: row.organization_id,
    poolId: row.pool_id,
    state: row.state,
    version: row.version,
    kind: row.kind,
    image: row.kind === 'container' ? (image ?? null) : null,
    command,
    args,
    env,
    simulated: row.simulated,
    leases: isHiring(row.state) ? await desiredLeases(db, row.id) : [],
  };
}

async function desiredLeases(db: Kysely<Database>, clusterId: string): Promise<DesiredLease[]> {
  const leases = (await unreleasedLeases(db, clusterId)).filter(({ letGoAt }) => letGoAt === null);
  const nodes = await nodesOf(
    db,
    leases.map(({ workerId }) => workerId),
  );
  const models = new Map((await listModels(db)).map((model) => [model.id, model]));
  return leases.flatMap((lease) => {
    const node = nodes.get(lease.workerId);
    if (!node) return [];
    const share = (lease.devices / Math.max(node.deviceCount, lease.devices)) * (1 - forTheNode / 100);
    return {
      id: lease.id,
      rank: lease.rank,
      workerId: lease.workerId,
      nodeName: node.nodeName,
      devices: lease.devices,
      resourceName: models.get(node.modelId)!.resourceName,
      cpuMillis: Math.floor(node.cpuCores * 1_000 * share),
      memoryMb: Math.floor(node.memoryMb * share),
    };
  });
}

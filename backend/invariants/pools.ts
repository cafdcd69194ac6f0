/** Invariant 10: what pools hold, against what Postgres says should live. */
import { minuteMs } from '@muster/common';
import type { Database, Transaction } from '@muster/db';
import type { Offence } from '@muster/metering';

/** Something in a pool that belongs to a cluster: its namespace, or a pod in it. */
export interface HeldObject {
  clusterId: string;
  /** Its kind and name, for the one who looks for it. */
  object: string;
  createdAt: Date;
}

/** How to see what a pool holds of ours. */
export interface PoolReader {
  poolId: string;
  held(): Promise<HeldObject[]>;
}

export interface PoolState {
  poolId: string;
  objects: HeldObject[];
  /** Why it could not be read; null when it could. */
  failure: string | null;
}

/** Pools are compared with Postgres so often; what is not in order may stay for so long. */
const resyncMs = minuteMs;

export async function readPools(pools: readonly PoolReader[]): Promise<PoolState[]> {
  return Promise.all(
    pools.map(async ({ poolId, held }) => {
      try {
        return { poolId, objects: await held(), failure: null };
      } catch (error) {
        return { poolId, objects: [], failure: error instanceof Error ? error.message : String(error) };
      }
    }),
  );
}

/** A pool that cannot be read is an offender too: nobody knows what it holds. */
export async function unexpectedInPools(
  trx: Transaction<Database>,
  pools: readonly PoolState[],
  now: Date,
): Promise<Offence[]> {
  const offenders: Offence[] = [];
  const tolerated = now.getTime() - resyncMs;
  for (const { poolId, objects, failure } of pools) {
    if (failure !== null) offenders.push({ id: poolId, sentence: `the pool cannot be read: ${failure}` });
    if (objects.length === 0) continue;
    const clusters = await trx
      .selectFrom('cluster')
      .select(['id', 'pool_id', 'ended_at'])
      .where(
        'id',
        'in',
        objects.map((object) => object.clusterId),
      )
      .execute();
    const byId = new Map(clusters.map((cluster) => [cluster.id, cluster]));
    for (const { clusterId, object, createdAt } of objects) {
      if (createdAt.getTime() > tolerated) continue;
      const cluster = byId.get(clusterId);
      const id = `${poolId} ${object}`;
      if (!cluster) offenders.push({ id, sentence: `there is no cluster ${clusterId}` });
      else if (cluster.pool_id !== poolId) offenders.push({ id, sentence: `${clusterId} is not in this pool` });
      else if (cluster.ended_at && cluster.ended_at.getTime() <= tolerated) {
        offenders.push({ id, sentence: `${clusterId} ended at ${cluster.ended_at.toISOString()}` });
      }
    }
  }
  return offenders;
}

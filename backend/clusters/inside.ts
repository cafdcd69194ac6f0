/** What `tasks` and `autoscaling` need of clusters: a row under its lock, the pool's attention, the note that one was used, and lists. */
import type { Context, Database, Kysely, Transaction } from '@muster/db';
import { lockCluster, nudge } from './change.ts';
import { type Cluster, toCluster } from './row.ts';

/** The cluster under its lock, until the transaction ends: its leases do not change meanwhile. */
export async function lockAround(trx: Transaction<Database>, clusterId: string): Promise<Cluster | undefined> {
  const row = await lockCluster(trx, clusterId);
  return row && toCluster(row);
}

/** Tells the pool that the intent of a cluster has changed. */
export async function nudgeCluster(
  trx: Transaction<Database>,
  context: Pick<Context, 'ids'>,
  { id, poolId }: Pick<Cluster, 'id' | 'poolId'>,
): Promise<void> {
  await nudge(trx, context, { id, pool_id: poolId });
}

/** Its devices are used now: idle shutdown counts from here. */
export async function noteActivity(
  trx: Transaction<Database>,
  { clock }: Pick<Context, 'clock'>,
  clusterId: string,
): Promise<void> {
  await trx.updateTable('cluster').set({ last_active_at: clock.now() }).where('id', '=', clusterId).execute();
}

/** Jobs that have not ended. */
export async function liveJobIds(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('cluster')
    .select('id')
    .where('kind', '=', 'job')
    .where('ended_at', 'is', null)
    .where('state', 'in', ['provisioning', 'running', 'degraded'])
    .execute();
  return rows.map(({ id }) => id);
}

/** Running clusters that follow their tasks: scaled between bounds, or shut down when idle; with the time of their last activity. */
export async function selfManaged(db: Kysely<Database>): Promise<(Cluster & { lastActiveAt: Date })[]> {
  const rows = await db
    .selectFrom('cluster')
    .selectAll()
    .where('state', '=', 'running')
    .where(({ eb, or }) => or([eb('max_workers', 'is not', null), eb('idle_shutdown_seconds', 'is not', null)]))
    .execute();
  return rows.map((row) => ({ ...toCluster(row), lastActiveAt: row.last_active_at ?? row.state_at }));
}

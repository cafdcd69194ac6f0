/** The whole fleet in few words: what tables and maps of every worker need, and no more. */
import type { ConnectivityTier, ReadinessStep, ServiceTier, WorkerOrigin, WorkerStatus } from '@muster/common';
import type { Context, Database, Kysely } from '@muster/db';

export interface FleetWorker {
  id: string;
  name: string;
  organizationId: string;
  poolId: string;
  origin: WorkerOrigin;
  simulated: boolean;
  status: WorkerStatus;
  readiness: ReadinessStep;
  modelId: string | null;
  deviceCount: number;
  country: string;
  region: string;
  connectivityTier: ConnectivityTier | null;
  serviceTier: ServiceTier;
  floorMicroUsdPerHour: bigint;
}

/** Every organization's workers, newest first: one query, without facts, devices and rules. For operators. */
export async function fleet({ db }: Pick<Context, 'db'>): Promise<FleetWorker[]> {
  return db
    .selectFrom('worker')
    .select([
      'id',
      'name',
      'organization_id as organizationId',
      'pool_id as poolId',
      'origin',
      'simulated',
      'status',
      'readiness',
      'model_id as modelId',
      'device_count as deviceCount',
      'country',
      'region',
      'connectivity_tier as connectivityTier',
      'service_tier as serviceTier',
      'floor_micro_usd_per_hour as floorMicroUsdPerHour',
    ])
    .orderBy('id', 'desc')
    .execute();
}

/** How many workers an organization supplies, whatever their status. */
export async function countWorkers(db: Kysely<Database>, organizationId: string): Promise<number> {
  const { workers } = await db
    .selectFrom('worker')
    .where('organization_id', '=', organizationId)
    .select(({ fn }) => fn.countAll<bigint>().as('workers'))
    .executeTakeFirstOrThrow();
  return Number(workers);
}

/** Supply as assembly and pricing see it: flat rows, whatever their number. */
import type {
  Compliance,
  ConnectivityTier,
  ReadinessStep,
  ServiceTier,
  WorkerOrigin,
  WorkerStatus,
} from '@muster/common';
import { type Context, type Database, type Kysely, sql } from '@muster/db';
import { validCompliances } from './attestations.ts';
import { factsOf } from './worker.ts';

export interface WorkerCandidate {
  workerId: string;
  /** The supplier. */
  organizationId: string;
  poolId: string;
  nodeName: string;
  modelId: string;
  deviceCount: number;
  country: string;
  region: string;
  site: string | null;
  networkDomain: string | null;
  connectivityTier: ConnectivityTier | null;
  serviceTier: ServiceTier;
  /** Attested and valid now. */
  compliances: Compliance[];
  floorMicroUsdPerHour: bigint;
  origin: WorkerOrigin;
  simulated: boolean;
  status: WorkerStatus;
  readiness: ReadinessStep;
}

/** What may be left out of the query; a candidate may still miss the request, but none that fits is left out. */
export interface CandidateFilter {
  modelIds?: readonly string[] | undefined;
  simulated?: boolean | undefined;
  poolId?: string | undefined;
  workerIds?: readonly string[] | undefined;
  /** Only those that can be hired now. */
  free?: boolean | undefined;
  /** Only those that are hired and cannot serve: down, or blocked. */
  lost?: boolean | undefined;
  /** In one of these countries or regions; both empty is anywhere. */
  places?: { countries: readonly string[]; regions: readonly string[] } | undefined;
  minDevices?: number | undefined;
}

/** Workers of a supported model in pools in use, hired and unready ones too, so that a refusal can say what they lack. */
export async function candidates(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  filter: CandidateFilter = {},
): Promise<WorkerCandidate[]> {
  let query = db
    .selectFrom('worker')
    .innerJoin('pool', 'pool.id', 'worker.pool_id')
    .select([
      'worker.id',
      'worker.organization_id',
      'worker.pool_id',
      'worker.node_name',
      'worker.model_id',
      'worker.device_count',
      'worker.country',
      'worker.region',
      'worker.site',
      'worker.network_domain',
      'worker.connectivity_tier',
      'worker.service_tier',
      'worker.floor_micro_usd_per_hour',
      'worker.origin',
      'worker.simulated',
      'worker.status',
      'worker.readiness',
    ])
    .where('pool.state', '=', 'active')
    .where('worker.model_id', 'is not', null)
    .where('worker.status', 'not in', ['inactive', 'unsupported']);
  if (filter.modelIds) query = query.where('worker.model_id', 'in', filter.modelIds);
  if (filter.simulated !== undefined) query = query.where('worker.simulated', '=', filter.simulated);
  if (filter.poolId) query = query.where('worker.pool_id', '=', filter.poolId);
  if (filter.workerIds) query = query.where('worker.id', 'in', filter.workerIds);
  if (filter.free) query = query.where('worker.status', '=', 'idle').where('worker.readiness', '=', 'cluster-ready');
  if (filter.lost) {
    query = query.where('worker.readiness', '=', 'hired').where('worker.status', 'in', ['down', 'blocked']);
  }
  if (filter.minDevices) query = query.where('worker.device_count', '>=', filter.minDevices);
  const { countries, regions } = filter.places ?? { countries: [], regions: [] };
  if (countries.length + regions.length > 0) {
    query = query.where(({ eb, or }) =>
      or([
        eb('worker.country', '=', sql<string>`any(${countries})`),
        eb('worker.region', '=', sql<string>`any(${regions})`),
      ]),
    );
  }
  const rows = await query.orderBy('worker.id').execute();
  const compliances = await validCompliances(db, rows, clock.now());
  return rows.map((row) => ({
    workerId: row.id,
    organizationId: row.organization_id,
    poolId: row.pool_id,
    nodeName: row.node_name,
    modelId: row.model_id!,
    deviceCount: row.device_count,
    country: row.country,
    region: row.region,
    site: row.site,
    networkDomain: row.network_domain,
    connectivityTier: row.connectivity_tier,
    serviceTier: row.service_tier,
    compliances: compliances.get(row.id) ?? [],
    floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
    origin: row.origin,
    simulated: row.simulated,
    status: row.status,
    readiness: row.readiness,
  }));
}

/** Where a worker is in its pool, and what it has: for what is to run on it. */
export interface WorkerNode {
  workerId: string;
  nodeName: string;
  modelId: string;
  deviceCount: number;
  cpuCores: number;
  memoryMb: number;
}

export async function nodesOf(db: Kysely<Database>, workerIds: readonly string[]): Promise<Map<string, WorkerNode>> {
  if (workerIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('worker')
    .select(['id', 'node_name', 'model_id', 'device_count', 'facts'])
    .where('id', 'in', workerIds)
    .where('model_id', 'is not', null)
    .execute();
  return new Map(
    rows.map((row) => {
      const facts = factsOf(row);
      const node = {
        workerId: row.id,
        nodeName: row.node_name,
        modelId: row.model_id!,
        deviceCount: row.device_count,
        cpuCores: facts?.cpuCores ?? 0,
        memoryMb: Math.trunc((facts?.memoryBytes ?? 0) / 1e6),
      };
      return [row.id, node];
    }),
  );
}

/** Devices that count as supply, by model and region. */
export interface SupplyCount {
  modelId: string;
  region: string;
  simulated: boolean;
  /** Cluster-ready or hired, and answering. */
  readyDevices: number;
  hiredDevices: number;
}

/** What the price curve looks at: how much of each model is there in a region, and how much of it is hired. */
export async function supplyCounts(db: Kysely<Database>): Promise<SupplyCount[]> {
  const rows = await readyWorkers(db)
    .select((eb) => [
      'worker.model_id',
      'worker.region',
      'worker.simulated',
      eb.fn.sum<bigint>('device_count').as('ready'),
      eb.fn
        .coalesce(eb.fn.sum<bigint>('device_count').filterWhere('worker.readiness', '=', 'hired'), eb.lit(0))
        .as('hired'),
    ])
    .groupBy(['worker.model_id', 'worker.region', 'worker.simulated'])
    .execute();
  return rows.map((row) => ({
    modelId: row.model_id!,
    region: row.region,
    simulated: row.simulated,
    readyDevices: Number(row.ready),
    hiredDevices: Number(row.hired),
  }));
}

/** How many ready devices of a model have which floor, by region. */
export interface FloorCount {
  region: string;
  simulated: boolean;
  floorMicroUsdPerHour: bigint;
  readyDevices: number;
}

/** What the devices that `supplyCounts` counts may not be let for less than. */
export async function floorCounts(db: Kysely<Database>, modelId: string): Promise<FloorCount[]> {
  const rows = await readyWorkers(db)
    .where('worker.model_id', '=', modelId)
    .select(({ fn }) => [
      'worker.region',
      'worker.simulated',
      'worker.floor_micro_usd_per_hour',
      fn.sum<bigint>('device_count').as('ready'),
    ])
    .groupBy(['worker.region', 'worker.simulated', 'worker.floor_micro_usd_per_hour'])
    .execute();
  return rows.map((row) => ({
    region: row.region,
    simulated: row.simulated,
    floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
    readyDevices: Number(row.ready),
  }));
}

/** Workers that count as supply. */
function readyWorkers(db: Kysely<Database>) {
  return db
    .selectFrom('worker')
    .innerJoin('pool', 'pool.id', 'worker.pool_id')
    .where('pool.state', '=', 'active')
    .where('worker.model_id', 'is not', null)
    .where('worker.readiness', 'in', ['cluster-ready', 'hired'])
    .where('worker.status', 'in', ['idle', 'running']);
}

/** Nodes of a pool that are workers: name of the node → id of the worker. */
export async function workersOfPool(db: Kysely<Database>, poolId: string): Promise<Map<string, string>> {
  const rows = await db.selectFrom('worker').select(['id', 'node_name']).where('pool_id', '=', poolId).execute();
  return new Map(rows.map((row) => [row.node_name, row.id]));
}

/** What workers are and where, whatever became of them: for what tells of the past. */
export async function placesOf(
  db: Kysely<Database>,
  workerIds: readonly string[],
): Promise<Map<string, { modelId: string; country: string; region: string }>> {
  const rows = await db
    .selectFrom('worker')
    .select(['id', 'model_id', 'country', 'region'])
    .where('id', '=', sql<string>`any(${workerIds})`)
    .execute();
  return new Map(rows.map((row) => [row.id, { modelId: row.model_id!, country: row.country, region: row.region }]));
}

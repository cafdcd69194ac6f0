/** A worker as the product shows it, read from its row, its devices and the attestations that are valid now. */
import { hardware } from '@muster/catalogue';
import type {
  Compliance,
  ConnectivityTier,
  ReadinessStep,
  ServiceTier,
  WorkerOrigin,
  WorkerStatus,
} from '@muster/common';
import type { Context, Database, Kysely, Selectable, WorkerTable } from '@muster/db';
import { validCompliances } from './attestations.ts';
import { type Facts, factsSchema } from './facts.ts';
import { type Assessed, type Assessment, assess, productRules, type Rule, type WorkerRules } from './rules.ts';

const nvidiaModels = new Set(hardware.filter(({ vendor }) => vendor === 'NVIDIA').map(({ id }) => id));

export type WorkerRow = Selectable<WorkerTable>;

/** A context may carry the operator's own minimums; without them the product's hold. */
export interface WorkersContext extends Context {
  workerRules?: WorkerRules;
}

export interface Device {
  id: string;
  index: number;
  modelId: string;
  uuid: string | null;
}

export interface Worker {
  id: string;
  organizationId: string;
  poolId: string;
  name: string;
  nodeName: string;
  origin: WorkerOrigin;
  simulated: boolean;
  status: WorkerStatus;
  readiness: ReadinessStep;
  /** The step of the ladder that it is stuck below; null when it is hired. */
  nextStep: ReadinessStep | null;
  /** What keeps it from that step. */
  rules: Rule[];
  /** It is heard now. */
  connected: boolean;
  modelId: string | null;
  deviceCount: number;
  devices: Device[];
  country: string;
  region: string;
  site: string | null;
  networkDomain: string | null;
  serviceTier: ServiceTier;
  downMbps: number | null;
  upMbps: number | null;
  connectivityTier: ConnectivityTier | null;
  /** Attested and valid now. */
  compliance: Compliance[];
  floorMicroUsdPerHour: bigint;
  /** What the machine says of itself; empty before it was heard. */
  facts: Facts | Record<string, never>;
  version: number;
  lastSeenAt: Date | null;
  createdAt: Date;
}

/** Facts as they were parsed when they were written; null before the first. */
export function factsOf(row: Pick<WorkerRow, 'facts'>): Facts | null {
  return Object.keys(row.facts).length === 0 ? null : factsSchema.parse(row.facts);
}

/** What the rules look at, of a row. */
export function assessedOf(row: WorkerRow, facts: Facts | null = factsOf(row)): Assessed {
  return {
    memoryBytes: facts?.memoryBytes,
    diskBytes: facts?.diskBytes,
    cudaVersion: facts?.cudaVersion,
    deviceNames: facts ? deviceNamesOf(facts) : [],
    modelId: row.model_id,
    nvidia: row.model_id !== null && nvidiaModels.has(row.model_id),
    downMbps: row.down_mbps,
    upMbps: row.up_mbps,
    connected: row.connected,
    paused: row.paused,
    draining: row.draining,
    blocked: row.blocked,
    hired: row.readiness === 'hired',
  };
}

function deviceNamesOf({ gpus, cpuModel }: Facts): string[] {
  if (gpus.length === 0) return [cpuModel];
  return gpus.map((gpu) => (gpu.migProfile ? `${gpu.name} (MIG ${gpu.migProfile})` : gpu.name));
}

export function assessRow(context: WorkersContext, row: WorkerRow): Assessment {
  return assess(assessedOf(row), context.workerRules ?? productRules);
}

/** Rows as workers, in their order; two queries however many there are. */
export async function toWorkers(context: WorkersContext, rows: WorkerRow[]): Promise<Worker[]> {
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const [devices, compliances] = await Promise.all([
    devicesOf(context.db, ids),
    validCompliances(context.db, rows, context.clock.now()),
  ]);
  return rows.map((row) => {
    const { nextStep, rules } = assessRow(context, row);
    return {
      id: row.id,
      organizationId: row.organization_id,
      poolId: row.pool_id,
      name: row.name,
      nodeName: row.node_name,
      origin: row.origin,
      simulated: row.simulated,
      status: row.status,
      readiness: row.readiness,
      nextStep,
      rules,
      connected: row.connected,
      modelId: row.model_id,
      deviceCount: row.device_count,
      devices: devices.get(row.id) ?? [],
      country: row.country,
      region: row.region,
      site: row.site,
      networkDomain: row.network_domain,
      serviceTier: row.service_tier,
      downMbps: row.down_mbps,
      upMbps: row.up_mbps,
      connectivityTier: row.connectivity_tier,
      compliance: compliances.get(row.id) ?? [],
      floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
      facts: factsOf(row) ?? {},
      version: row.version,
      lastSeenAt: row.last_seen_at,
      createdAt: row.created_at,
    };
  });
}

/** The devices that these workers have now, by worker and in order of their index. */
export async function devicesOf(db: Kysely<Database>, workerIds: readonly string[]): Promise<Map<string, Device[]>> {
  const found = new Map<string, Device[]>(workerIds.map((id) => [id, []]));
  if (workerIds.length === 0) return found;
  const rows = await db
    .selectFrom('device')
    .innerJoin('worker', 'worker.id', 'device.worker_id')
    .selectAll('device')
    .where('worker_id', 'in', workerIds)
    .whereRef('device.index', '<', 'worker.device_count')
    .orderBy('worker_id')
    .orderBy('index')
    .execute();
  for (const { id, worker_id, index, model_id, uuid } of rows) {
    found.get(worker_id)?.push({ id, index, modelId: model_id, uuid });
  }
  return found;
}

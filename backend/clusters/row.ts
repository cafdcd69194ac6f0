/** Rows of clusters as what leaves the domain. */
import type { ClusterKind, ClusterState } from '@muster/common';
import type { ClusterTable, Selectable } from '@muster/db';
import { type ClusterRequest, clusterRequestSchema } from './request.ts';

export type ClusterRow = Selectable<ClusterTable>;

export interface Cluster {
  id: string;
  organizationId: string;
  poolId: string | null;
  name: string;
  kind: ClusterKind;
  state: ClusterState;
  /** Goes up by one with every change: its ETag. */
  version: number;
  request: ClusterRequest;
  simulated: boolean;
  /** `SIM` for simulated workers, which is never paid. */
  currency: 'USD' | 'SIM';
  /** How many workers it should have now. */
  workers: number;
  devicesPerWorker: number;
  /** Of all workers together, while they are paid. */
  priceMicroUsdPerHour: bigint;
  autoscaling: { minWorkers: number; maxWorkers: number } | null;
  idleShutdownSeconds: number | null;
  createdAt: Date;
  stateAt: Date;
  runningSince: Date | null;
  /** When the time asked for is over; null is until stopped. */
  endsAt: Date | null;
  /** The balance is used up, and it is stopped then. */
  graceUntil: Date | null;
  endedAt: Date | null;
  endedBecause: string | null;
}

export function toCluster(row: ClusterRow): Cluster {
  return {
    id: row.id,
    organizationId: row.organization_id,
    poolId: row.pool_id,
    name: row.name,
    kind: row.kind,
    state: row.state,
    version: row.version,
    request: requestOf(row),
    simulated: row.simulated,
    currency: currencyOf(row),
    workers: row.workers,
    devicesPerWorker: row.devices_per_worker,
    priceMicroUsdPerHour: row.price_micro_usd_per_hour,
    autoscaling:
      row.min_workers === null || row.max_workers === null
        ? null
        : { minWorkers: row.min_workers, maxWorkers: row.max_workers },
    idleShutdownSeconds: row.idle_shutdown_seconds,
    createdAt: row.created_at,
    stateAt: row.state_at,
    runningSince: row.running_since,
    endsAt: row.ends_at,
    graceUntil: row.grace_until,
    endedAt: row.ended_at,
    endedBecause: row.ended_because,
  };
}

export function requestOf(row: Pick<ClusterRow, 'request'>): ClusterRequest {
  return clusterRequestSchema.parse(row.request);
}

export function currencyOf({ simulated }: { simulated: boolean }): 'USD' | 'SIM' {
  return simulated ? 'SIM' : 'USD';
}

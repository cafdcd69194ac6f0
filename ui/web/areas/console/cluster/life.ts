/** What a cluster's state allows, and what it has cost so far: pure, so that every page says the same. */
import { charge } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import type { Messages } from '../../../messages/index.ts';
import type { Cluster } from './queries.ts';

type State = Cluster['state'];

/** On the way to running. */
const comingUp: State[] = ['requested', 'assembling', 'provisioning'];
/** Workers are held for it. */
const hiring: State[] = ['provisioning', 'running', 'degraded'];

export const isComingUp = ({ state }: Pick<Cluster, 'state'>): boolean => comingUp.includes(state);
export const isHiring = ({ state }: Pick<Cluster, 'state'>): boolean => hiring.includes(state);
export const hasEnded = ({ endedAt }: Pick<Cluster, 'endedAt'>): boolean => endedAt !== null;

/** Its workers have containers only while tasks run: it was made without an image. */
export const isBare = ({ request }: Pick<Cluster, 'request'>): boolean => request.image === undefined;

/** Tasks run in it: its own, for a job; its owner's, on bare capacity. */
export const hasTasks = (cluster: Pick<Cluster, 'request' | 'kind'>): boolean =>
  isBare(cluster) || cluster.kind === 'job';

export type Action = 'extend' | 'scale' | 'settings' | 'terminate';
export type Obstacle = keyof Messages['console']['cluster']['actions']['whyNot'];

/** Why an action would be refused, as the platform decides it; undefined when it would not. */
export function obstacleTo(
  action: Action,
  cluster: Pick<Cluster, 'state' | 'kind' | 'request' | 'endedAt'>,
): Obstacle | undefined {
  if (hasEnded(cluster)) return 'ended';
  if (cluster.state === 'terminating') return 'terminating';
  switch (action) {
    case 'terminate':
      return undefined;
    case 'extend':
      if (!isHiring(cluster)) return 'notHiring';
      return cluster.request.time?.hours === undefined ? 'untilStopped' : undefined;
    case 'scale':
      if (cluster.kind === 'job') return 'job';
      return cluster.state === 'running' ? undefined : 'notRunning';
    case 'settings':
      if (!isBare(cluster)) return 'ownImage';
      return isHiring(cluster) ? undefined : 'notHiring';
  }
}

export interface CostSoFar {
  micro: bigint;
  /** Part of it is not metered yet. */
  estimated: boolean;
}

/**
 * What was charged, and while every worker runs also what has passed since, at the price per hour. While a cluster is
 * degraded nothing of it costs anything.
 */
export function costSoFar(
  cluster: Pick<Cluster, 'state' | 'priceMicroUsdPerHour' | 'runningSince'>,
  cost: Pick<Schemas['ClusterCost'], 'chargedMicroUsd' | 'meteredUntil'>,
  now: Date,
): CostSoFar {
  const charged = BigInt(cost.chargedMicroUsd);
  const from = cost.meteredUntil ?? cluster.runningSince;
  const ms = from === null ? 0 : now.getTime() - new Date(from).getTime();
  if (cluster.state !== 'running' || ms <= 0) return { micro: charged, estimated: false };
  return { micro: charged + charge(BigInt(cluster.priceMicroUsdPerHour), 1, ms), estimated: true };
}

/** Whole seconds from now until an instant, never negative. */
export function secondsUntil(at: string, now: Date): number {
  return Math.max(0, Math.ceil((new Date(at).getTime() - now.getTime()) / 1_000));
}

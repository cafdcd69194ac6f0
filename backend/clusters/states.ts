/** The life of a cluster: the one place that says which state may follow which. */
import type { ClusterState } from '@muster/common';

const next: Record<ClusterState, readonly ClusterState[]> = {
  /** Ordered; one that cannot be paid waits here for 20 minutes. */
  requested: ['assembling', 'unpaid', 'terminated'],
  assembling: ['provisioning', 'unfulfilled'],
  provisioning: ['running', 'terminating'],
  running: ['degraded', 'terminating'],
  degraded: ['running', 'terminating'],
  /** Whatever it ends as, its pool must let its workers go first. */
  terminating: ['terminated', 'expired', 'failed'],
  terminated: [],
  expired: [],
  failed: [],
  unpaid: [],
  unfulfilled: [],
};

export function mayFollow(from: ClusterState, to: ClusterState): boolean {
  return next[from].includes(to);
}

/** A final state holds no lease and costs nothing. */
export function isFinal(state: ClusterState): boolean {
  return next[state].length === 0;
}

/** States in which a pool holds something of the cluster, or should. */
export const inPool = ['provisioning', 'running', 'degraded', 'terminating'] as const satisfies ClusterState[];

/** States in which workers are held for its customer. */
export const isHiring = (state: ClusterState): boolean =>
  state === 'provisioning' || state === 'running' || state === 'degraded';

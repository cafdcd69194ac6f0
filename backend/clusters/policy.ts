/** The spans of time by which the schedulers judge clusters. An operator may choose others. */
import { minuteMs, secondMs } from '@muster/common';

export interface ClusterPolicy {
  /** A cluster that comes up and makes no progress for so long has failed. */
  stuckMs: number;
  /** A cluster that lacks a worker for so long, and finds no replacement, has failed. */
  repairPatienceMs: number;
  /** A worker that ran and is not ready again for so long is lost. */
  unreadyMs: number;
  /** A pool is told again of a cluster that is on its way to another state and has not moved for so long. */
  nudgeMs: number;
}

export const defaultPolicy: ClusterPolicy = {
  stuckMs: 10 * minuteMs,
  repairPatienceMs: 10 * minuteMs,
  unreadyMs: 2 * minuteMs,
  nudgeMs: 30 * secondMs,
};

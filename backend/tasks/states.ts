/** The life of a task: the one place that says which state may follow which. */
import type { TaskState } from '@muster/common';

const next: Record<TaskState, readonly TaskState[]> = {
  queued: ['starting', 'failed', 'cancelled'],
  /** Back to `queued`: a fault of the platform, which is tried again. */
  starting: ['running', 'succeeded', 'failed', 'cancelled', 'queued'],
  running: ['succeeded', 'failed', 'cancelled', 'queued'],
  succeeded: [],
  failed: [],
  cancelled: [],
};

export function mayFollow(from: TaskState, to: TaskState): boolean {
  return next[from].includes(to);
}

export function isFinal(state: TaskState): boolean {
  return next[state].length === 0;
}

/** It holds ranks of its cluster. */
export const isStarted = (state: TaskState): boolean => state === 'starting' || state === 'running';

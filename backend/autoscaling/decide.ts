/** How many workers a cluster should have: a pure decision from its bounds and its tasks. */

export interface Load {
  workers: number;
  minWorkers: number;
  maxWorkers: number;
  /** Ranks that queued tasks ask for. */
  queuedRanks: number;
  /** Ranks that are taken. */
  startedRanks: number;
  /** The highest rank that is taken; -1 when none is. */
  highestRank: number;
  /** For how long no task has begun or ended, in ms. */
  quietMs: number;
}

/** Workers are given back only after so long a quiet: tasks often come in bursts, and a new worker takes its time. */
export const quietBeforeShrinkMs = 120_000;

/**
 * The number of workers that the cluster should have.
 *
 * It grows at once to what its tasks ask for. It shrinks after a quiet, and only by ranks above every one that is taken: a task is never
 * interrupted by scaling.
 */
export function decide(load: Load): number {
  const within = (workers: number) => Math.min(Math.max(workers, load.minWorkers), load.maxWorkers);
  const wanted = within(load.startedRanks + load.queuedRanks);
  if (wanted >= load.workers) return wanted;
  if (load.workers > load.maxWorkers || load.quietMs >= quietBeforeShrinkMs) {
    return Math.min(load.workers, Math.max(wanted, load.highestRank + 1));
  }
  return load.workers;
}

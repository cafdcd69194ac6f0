/** What the backend does by the clock. Any number of processes may run; each kind of tick is one process's at a time. */
import { createAutoscaler } from '@muster/autoscaling';
import { runBalances, settlement } from '@muster/billing';
import {
  applyGrace,
  type ClusterPolicy,
  endStranded,
  enforceSpendingCaps,
  expireDue,
  failStuck,
  forgetQuotes,
  loseUnreachable,
  nudgeStuck,
  repairDue,
  startPaidOrders,
  undoStuckScaling,
} from '@muster/clusters';
import { Counter, dayMs, forEach, Histogram, type Logger, type Registry, secondMs } from '@muster/common';
import { type createRedis, onlyOne } from '@muster/db';
import { closeWindows } from '@muster/metering';
import { recomputePrices } from '@muster/pricing';
import { scheduleAll, timeOutDue } from '@muster/tasks';
import { supplyCounts, sweepLiveness, type WorkersContext } from '@muster/workers';

interface Tick {
  name: string;
  everyMs: number;
  run(): Promise<unknown>;
}

export interface SchedulerOptions {
  context: WorkersContext;
  redis: ReturnType<typeof createRedis>;
  policy: ClusterPolicy;
  log: Logger;
  metrics: Registry;
  signal: AbortSignal;
}

/** Starts every tick. @returns settles when the signal has ended them all */
export async function runSchedulers(options: SchedulerOptions): Promise<void> {
  const { context, log, metrics, signal } = options;
  const seconds = new Histogram({
    name: 'muster_tick_duration_seconds',
    help: 'How long a tick took',
    labelNames: ['tick'],
    registers: [metrics],
  });
  const failures = new Counter({
    name: 'muster_tick_failures_total',
    help: 'Ticks that failed; they run again at their next time',
    labelNames: ['tick'],
    registers: [metrics],
  });
  await Promise.all(
    ticks(options).map(async ({ name, everyMs, run }) => {
      while (!signal.aborted) {
        const timed = seconds.startTimer({ tick: name });
        try {
          await onlyOne(context.db, `tick ${name}`, run);
        } catch (error) {
          failures.inc({ tick: name });
          log.warn({ err: error, tick: name }, 'a tick failed; it runs again');
        }
        timed();
        await sleep(everyMs, signal);
      }
    }),
  );
}

function ticks({ context, redis, policy }: SchedulerOptions): Tick[] {
  const every = (seconds: number, name: string, run: Tick['run']): Tick => ({ name, everyMs: seconds * secondMs, run });
  return [
    every(5, 'liveness', () => sweepLiveness(context, redis)),
    every(10, 'metering', () => closeWindows(context, settlement)),
    every(10, 'balances', async () => applyGrace(context, await runBalances(context))),
    every(20, 'prices', async () => recomputePrices(context, await supplyCounts(context.db))),
    every(5, 'losses', () => loseUnreachable(context)),
    every(2, 'repair', () => repairDue(context, policy)),
    every(5, 'ends', () =>
      forEach([expireDue, enforceSpendingCaps, endStranded, failStuck, undoStuckScaling], (end) =>
        end(context, policy),
      ),
    ),
    every(3, 'orders', () => startPaidOrders(context)),
    every(5, 'nudge', () => nudgeStuck(context, policy)),
    every(10, 'tasks', () => scheduleAll(context)),
    every(5, 'task timeouts', () => timeOutDue(context)),
    every(5, 'autoscaling', createAutoscaler(context)),
    every(600, 'clean-up', () => forgetQuotes(context, 7 * dayMs)),
  ];
}

/** Returns early when the process is told to stop. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}

/** How long a worker was up on each day: read off the states in its events. */
import { type Actor, dayMs, type WorkerStatus } from '@muster/common';
import { statesSince } from '@muster/events';
import { getWorkerRow } from './manage.ts';
import type { WorkersContext } from './worker.ts';

export interface UptimeDay {
  /** Of UTC, such as `2026-01-31`. */
  day: string;
  upSeconds: number;
  downSeconds: number;
}

/** Connected and in order, hired or not. */
const up: ReadonlySet<string> = new Set<WorkerStatus>(['idle', 'running', 'paused', 'draining']);
const days = 30;

/**
 * How long a worker was up and down on each of the last 30 days, oldest first. The day on which it joined begins with that,
 * today ends now, and the days before it joined are absent.
 *
 * @throws DomainError `not_found`, also for another organization's worker (invariant 8)
 */
export async function workerUptime(context: WorkersContext, actor: Actor, workerId: string): Promise<UptimeDay[]> {
  const worker = await getWorkerRow(context, actor, workerId);
  const now = context.clock.now();
  const from = new Date(Math.max(startOfDay(now.getTime()) - (days - 1) * dayMs, worker.created_at.getTime()));
  return uptimeByDay(await statesSince(context.db, { kind: 'worker', id: worker.id }, from), from, now);
}

/**
 * The pure rule: each state lasts until the next.
 *
 * @param states in their order; what came before `from` counts from there, and without any state a worker is down
 */
export function uptimeByDay(states: readonly { state: string; at: Date }[], from: Date, now: Date): UptimeDay[] {
  const end = now.getTime();
  const found: UptimeDay[] = [];
  let next = 0;
  let isUp = false;
  for (let at = from.getTime(); at < end; ) {
    while (next < states.length && states[next]!.at.getTime() <= at) isUp = up.has(states[next++]!.state);
    const midnight = startOfDay(at) + dayMs;
    const until = Math.min(end, midnight, states[next]?.at.getTime() ?? end);
    const day = new Date(at).toISOString().slice(0, 10);
    if (found.at(-1)?.day !== day) found.push({ day, upSeconds: 0, downSeconds: 0 });
    found.at(-1)![isUp ? 'upSeconds' : 'downSeconds'] += (until - at) / 1000;
    at = until;
  }
  return found;
}

function startOfDay(at: number): number {
  return at - (at % dayMs);
}

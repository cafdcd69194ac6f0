import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { dayMs, hourMs, secondMs, workerStatuses } from '@muster/common';
import fc from 'fast-check';
import { pauseWorker } from './manage.ts';
import { setUp, stranger, supplier } from './testing.ts';
import { uptimeByDay, workerUptime } from './uptime.ts';

/** Goes through every second and asks what the worker was. */
function recount(states: { state: string; at: Date }[], from: Date, now: Date) {
  const days: { day: string; upSeconds: number; downSeconds: number }[] = [];
  let next = 0;
  let state = 'down';
  for (let at = from.getTime(); at < now.getTime(); at += secondMs) {
    while (next < states.length && states[next]!.at.getTime() <= at) state = states[next++]!.state;
    if (days.length === 0 || at % dayMs === 0) {
      days.push({ day: new Date(at).toISOString().slice(0, 10), upSeconds: 0, downSeconds: 0 });
    }
    const day = days.at(-1)!;
    if (['idle', 'running', 'paused', 'draining'].includes(state)) day.upSeconds++;
    else day.downSeconds++;
  }
  return days;
}

describe('the rule of uptime', () => {
  test('whatever the states, every second counts once, on its day, as a recount of every second finds', () => {
    const noon = Date.UTC(2026, 0, 1, 12);
    const second = (from: number, most: number) => fc.nat(most).map((seconds) => new Date(from + seconds * secondMs));
    const state = fc.record({ state: fc.constantFrom(...workerStatuses), at: second(noon, 5 * 86_400) });
    fc.assert(
      fc.property(
        fc.array(state, { maxLength: 40 }),
        second(noon, 86_400),
        fc.nat(4 * 86_400),
        (states, from, long) => {
          const inOrder = states.sort((a, b) => a.at.getTime() - b.at.getTime());
          const now = new Date(from.getTime() + long * secondMs);
          expect(uptimeByDay(inOrder, from, now)).toEqual(recount(inOrder, from, now));
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe('the uptime of a worker', () => {
  let world: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    world = await setUp();
  });
  afterAll(() => world.database.drop());

  test('is of its last 30 days, from when it joined until now; a pause is no downtime, a change of settings no change', async () => {
    const { context, clock, report } = world;
    const workerId = await world.join();
    const uptime = () => workerUptime(context, supplier, workerId);
    clock.advance(23 * hourMs);
    await pauseWorker(context, supplier, workerId);
    clock.advance(30 * 60_000);
    expect(await uptime()).toEqual([{ day: '2026-01-01', upSeconds: 23.5 * 3_600, downSeconds: 0 }]);
    await report({ type: 'worker.leaving', body: { workerId } });
    clock.advance(2 * dayMs);
    await report({ type: 'worker.connected', body: { workerId } });
    await report({ type: 'worker.bandwidth', body: { workerId, downMbps: 900, upMbps: 900 } });
    clock.advance(hourMs);
    expect(await uptime()).toEqual([
      { day: '2026-01-01', upSeconds: 23.5 * 3_600, downSeconds: 1_800 },
      { day: '2026-01-02', upSeconds: 0, downSeconds: 86_400 },
      { day: '2026-01-03', upSeconds: 1_800, downSeconds: 84_600 },
      { day: '2026-01-04', upSeconds: 1_800, downSeconds: 0 },
    ]);
    clock.advance(60 * dayMs);
    const days = await uptime();
    expect(days).toHaveLength(30);
    expect(days.slice(0, -1).every(({ upSeconds, downSeconds }) => upSeconds === 86_400 && downSeconds === 0)).toBe(
      true,
    );
    expect(days.at(-1)).toEqual({ day: '2026-03-05', upSeconds: 1_800, downSeconds: 0 });
  });

  test("invariant 8: another organization's worker has none", async () => {
    const workerId = await world.join();
    await expect(workerUptime(world.context, stranger, workerId)).rejects.toMatchObject({ code: 'not_found' });
  });
});

/** What may be done with a cluster and what it has cost: said as the platform decides it. */
import { costSoFar, obstacleTo } from './life.ts';

const running = {
  state: 'running',
  kind: 'container',
  endedAt: null,
  priceMicroUsdPerHour: '3600000',
  runningSince: '2026-01-01T00:00:00.000Z',
  request: { kind: 'container', processor: { modelIds: ['m'], devicesPerWorker: 1 }, workers: 1 },
} as const;
const request = running.request as unknown as Parameters<typeof obstacleTo>[1]['request'];
const cluster = { ...running, request };

describe('obstacleTo', () => {
  test('nothing stands in the way of scaling, setting and stopping bare capacity that runs', () => {
    for (const action of ['scale', 'settings', 'terminate'] as const)
      expect(obstacleTo(action, cluster)).toBeUndefined();
  });

  test('only a cluster with an end can be extended', () => {
    expect(obstacleTo('extend', cluster)).toBe('untilStopped');
    expect(obstacleTo('extend', { ...cluster, request: { ...request, time: { hours: 2 } } })).toBeUndefined();
  });

  test('a job is not scaled, a degraded cluster not yet, one with an image has no autoscaling', () => {
    expect(obstacleTo('scale', { ...cluster, kind: 'job' })).toBe('job');
    expect(obstacleTo('scale', { ...cluster, state: 'degraded' })).toBe('notRunning');
    expect(obstacleTo('settings', { ...cluster, request: { ...request, image: 'x' } })).toBe('ownImage');
  });

  test('nothing can be done with one that ends or has ended', () => {
    for (const action of ['extend', 'scale', 'settings', 'terminate'] as const) {
      expect(obstacleTo(action, { ...cluster, state: 'terminating' })).toBe('terminating');
      expect(obstacleTo(action, { ...cluster, state: 'failed', endedAt: '2026-01-01T01:00:00Z' })).toBe('ended');
    }
  });
});

describe('costSoFar', () => {
  const now = new Date('2026-01-01T00:01:30.000Z');
  const metered = { chargedMicroUsd: '60000', meteredUntil: '2026-01-01T00:01:00.000Z' };

  test('what was charged, and what has passed since at the price per hour', () => {
    expect(costSoFar(cluster, metered, now)).toEqual({ micro: 90_000n, estimated: true });
  });

  test('before anything is metered, all since it runs', () => {
    const none = { chargedMicroUsd: '0', meteredUntil: null };
    expect(costSoFar(cluster, none, now)).toEqual({ micro: 90_000n, estimated: true });
  });

  test('one that is degraded, or whose pool has not come up, costs nothing more', () => {
    expect(costSoFar({ ...cluster, state: 'degraded' }, metered, now)).toEqual({ micro: 60_000n, estimated: false });
    const none = { chargedMicroUsd: '0', meteredUntil: null };
    expect(costSoFar({ ...cluster, runningSince: null }, none, now)).toEqual({ micro: 0n, estimated: false });
  });

  test('a clock that is behind takes nothing away', () => {
    const early = new Date('2026-01-01T00:00:30.000Z');
    expect(costSoFar(cluster, metered, early)).toEqual({ micro: 60_000n, estimated: false });
  });
});

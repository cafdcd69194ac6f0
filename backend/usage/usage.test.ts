import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { createRedis } from '@muster/db';
import { type Measured, noteSummary, readSummaries, readUsage, recordUsage, sampleEveryMs } from './index.ts';

const redis = createRedis(process.env.MUSTER_REDIS_URL!);
afterAll(() => redis.disconnect());

const clusterId = () => `clu_test_${randomUUID()}`;
const start = new Date('2026-11-24T12:00:00Z').getTime();
const nth = (index: number) => new Date(start + index * sampleEveryMs);
const measured = (rank: number, change: Partial<Measured> = {}): Measured => ({
  rank,
  cpuCores: 1.25,
  memoryBytes: 1_000_000,
  gpuUtilisation: null,
  gpuMemoryBytes: null,
  receivedBytesPerSecond: 10,
  sentBytesPerSecond: null,
  ...change,
});

describe('what a cluster’s workers use', () => {
  test('is read as it was measured, oldest first, of a span and of one rank', async () => {
    const id = clusterId();
    for (const index of [0, 1, 2]) {
      await recordUsage(redis, id, nth(index), [measured(0, { cpuCores: index }), measured(1)]);
    }
    const now = nth(3);
    const { intervalSeconds, samples } = await readUsage(redis, id, { now });
    expect(intervalSeconds).toBe(15);
    expect(samples).toHaveLength(6);
    expect(samples[0]).toEqual({ at: nth(0), ...measured(0, { cpuCores: 0 }) });
    const some = await readUsage(redis, id, { now, from: nth(1), to: nth(1), rank: 0 });
    expect(some.samples).toEqual([{ at: nth(1), ...measured(0, { cpuCores: 1 }) }]);
  });

  test('is empty for a cluster that nobody measured, and never another cluster’s', async () => {
    await recordUsage(redis, clusterId(), nth(0), [measured(0)]);
    expect(await readUsage(redis, clusterId(), { now: nth(1) })).toEqual({ intervalSeconds: 15, samples: [] });
  });

  test('is not told twice by two leaders whose clocks differ, and ends six hours after its last sample', async () => {
    const id = clusterId();
    await recordUsage(redis, id, nth(1), [measured(0)]);
    await recordUsage(redis, id, nth(0), [measured(0)]);
    await recordUsage(redis, id, nth(1), [measured(0)]);
    expect((await readUsage(redis, id, { now: nth(2) })).samples).toHaveLength(1);
    expect(await redis.pttl(`usage:${id}`)).toBeGreaterThan(21_500_000);
    const muchLater = new Date(start + 6 * 3_600_000 + 2 * sampleEveryMs);
    expect((await readUsage(redis, id, { now: muchLater })).samples).toEqual([]);
  });

  test('of many workers over hours comes as means, so that an answer stays small', async () => {
    const id = clusterId();
    const ranks = 200;
    for (let index = 0; index < 240; index++) {
      const all = Array.from({ length: ranks }, (_, rank) => measured(rank, { cpuCores: index % 2 ? 1 : 3 }));
      await recordUsage(redis, id, nth(index), all);
    }
    const { intervalSeconds, samples } = await readUsage(redis, id, { now: nth(240), from: nth(0) });
    expect(samples.length).toBeLessThanOrEqual(20_000);
    expect(samples.length).toBeGreaterThan(10_000);
    expect(intervalSeconds).toBeGreaterThan(15);
    const whole = samples.filter(({ at }) => at > nth(10) && at < nth(230));
    for (const { cpuCores, sentBytesPerSecond } of whole) {
      expect(Math.abs(cpuCores - 2)).toBeLessThan(0.5);
      expect(sentBytesPerSecond).toBeNull();
    }
  });

  test('of nodes is what they told last, and nothing of one that was not heard', async () => {
    const [heard, silent] = [randomUUID(), randomUUID()];
    await noteSummary(redis, heard, { pods: [1] });
    await noteSummary(redis, heard, { pods: [2] });
    expect(await readSummaries(redis, [silent, heard])).toEqual(new Map([[heard, { pods: [2] }]]));
    expect(await readSummaries(redis, [])).toEqual(new Map());
    const leftMs = await redis.pttl(`usage:node:${heard}`);
    expect(leftMs > 0 && leftMs <= 40_000).toBe(true);
  });

  test('says that it is unavailable while Redis is away', async () => {
    const nowhere = createRedis('redis://127.0.0.1:1');
    await expect(readUsage(nowhere, clusterId(), { now: nth(0) })).rejects.toMatchObject({ code: 'unavailable' });
    nowhere.disconnect();
  });
});

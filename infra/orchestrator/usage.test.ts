import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Meter, measuredOf, podsOfSummary, rateOf } from './usage.ts';

const uid = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
const start = Date.parse('2026-11-24T12:00:00Z');
const after = (seconds: number) => new Date(start + seconds * 1_000).toISOString();

/** A pod as kubelets tell of it, so many seconds after its start. */
function told(seconds: number, { cores = 1.5, startedAt = start, ...more }: Record<string, unknown> = {}) {
  const startTime = new Date(startedAt as number).toISOString();
  return {
    podRef: { name: 'lea-1', namespace: 'clu-1', uid },
    startTime,
    containers: [
      {
        name: 'main',
        startTime,
        cpu: { time: after(seconds), usageNanoCores: 1, usageCoreNanoSeconds: Number(cores) * seconds * 1e9 },
        memory: { time: after(seconds), availableBytes: 1, usageBytes: 5e6, workingSetBytes: 4e6, rssBytes: 1e6 },
        rootfs: {},
        logs: {},
        ...more,
      },
    ],
    network: {
      time: after(seconds),
      name: 'eth0',
      rxBytes: 100 * seconds,
      rxErrors: 0,
      txBytes: 10 * seconds,
      interfaces: [],
    },
    volume: [],
  };
}

function measure(meter: Meter, ...pods: object[]) {
  meter.turn();
  return measuredOf(3, [...podsOfSummary({ node: {}, pods }).values()], meter);
}

describe('what a lease’s pods use', () => {
  test('is what their counters grew by between two answers, per second', () => {
    const meter = new Meter();
    measure(meter, told(20));
    expect(measure(meter, told(35))).toEqual({
      rank: 3,
      cpuCores: 1.5,
      memoryBytes: 4e6,
      gpuUtilisation: null,
      gpuMemoryBytes: null,
      receivedBytesPerSecond: 100,
      sentBytesPerSecond: 10,
    });
  });

  test('is read from what a real kubelet with containerd told of a pod, twice', () => {
    const recorded = readFileSync(new URL('fixtures/kubelet-1.34.json', import.meta.url), 'utf8');
    const [first, second] = JSON.parse(recorded) as { pods: object[] }[];
    const meter = new Meter();
    expect(measure(meter, ...first!.pods)?.cpuCores).toBeCloseTo(4.716 / 27, 3);
    // Where a sandbox hides the network from a kubelet, it is not known.
    expect(measure(meter, ...second!.pods)).toMatchObject({ memoryBytes: 245_760, receivedBytesPerSecond: null });
  });

  test('of a pod that began lately counts from its start; of one met for the first time it is not known yet', () => {
    expect(measure(new Meter(), told(10))?.cpuCores).toBe(1.5);
    const meter = new Meter();
    expect(measure(meter, told(3_600))).toBeUndefined();
    expect(measure(meter, told(3_615))?.cpuCores).toBe(1.5);
  });

  test('stays as it was while a kubelet tells the same reading again', () => {
    const meter = new Meter();
    measure(meter, told(10));
    measure(meter, told(20, { cores: 2 }));
    const same = measure(meter, told(20, { cores: 2 }));
    expect(same?.cpuCores).toBe(2.5);
    expect(measure(meter, told(20, { cores: 2 }))).toEqual(same);
  });

  test('a container that was started again counts from its new start', () => {
    const meter = new Meter();
    measure(meter, told(3_600));
    const again = told(3_615);
    again.containers[0]!.startTime = after(3_605);
    again.containers[0]!.cpu.usageCoreNanoSeconds = 10e9;
    expect(measure(meter, again)?.cpuCores).toBe(1);
  });

  test('nothing without pods, which is not the same as not known', () => {
    expect(measure(new Meter())).toMatchObject({ cpuCores: 0, memoryBytes: 0, receivedBytesPerSecond: 0 });
  });

  test('accelerators are one: utilisation is their mean, memory their sum', () => {
    const accelerators = [
      { make: 'nvidia', model: 'L4', id: 'a', memoryTotal: 9, memoryUsed: 3, dutyCycle: 90 },
      { make: 'nvidia', model: 'L4', id: 'b', memoryTotal: 9, memoryUsed: 4, dutyCycle: 30 },
    ];
    expect(measure(new Meter(), told(10, { accelerators }))).toMatchObject({ gpuUtilisation: 0.6, gpuMemoryBytes: 7 });
    const silent = [{ make: 'nvidia', model: 'L4', id: 'a', memoryTotal: 9 }];
    expect(measure(new Meter(), told(10, { accelerators: silent }))).toMatchObject({ gpuUtilisation: null });
  });

  test('a counter is never read as negative or endless, whatever a node tells', () => {
    const counter = fc.record({ value: fc.double({ min: 0, noNaN: true, max: 1e300 }), at: fc.integer() });
    fc.assert(
      fc.property(counter, counter, (now, before) => {
        const rate = rateOf(now, before);
        expect(rate === undefined || (rate >= 0 && Number.isFinite(rate))).toBe(true);
      }),
    );
    const meter = new Meter();
    measure(meter, told(10));
    const absurd = measure(meter, told(11, { cores: 1e280 }));
    expect(absurd?.cpuCores).toBeLessThanOrEqual(4_096);
  });

  test('a pod of another form hides no other, and what is no summary is refused', () => {
    const starting = { podRef: { name: 'x', namespace: 'y', uid: 'z' }, startTime: null };
    expect([...podsOfSummary({ pods: [starting, told(10), 'x'] }).keys()]).toEqual([uid]);
    expect(podsOfSummary({ node: {}, pods: null }).size).toBe(0);
    expect(podsOfSummary({ pods: [told(10, { cores: -1 })] }).size).toBe(0);
    expect(() => podsOfSummary({ pods: 'many' })).toThrow();
    expect(() => podsOfSummary('no')).toThrow();
  });
});

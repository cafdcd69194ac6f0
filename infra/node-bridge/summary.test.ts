import { describe, expect, test } from '@jest/globals';
import { type NodeUsage, summaryOf } from './summary.ts';

const startedAt = '2026-11-24T12:00:00.250Z';
const at = new Date('2026-11-24T12:00:10Z');
const uid = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
const gpu = { index: 0, uuid: 'GPU-1', name: 'NVIDIA L4', memoryMib: 23_034, driverVersion: '550.54.15' };

function usage(told: Partial<NodeUsage['pods'][number]['told']>): NodeUsage {
  return {
    nodeName: 'wrk-1',
    gpus: [gpu],
    at,
    pods: [
      {
        pod: {
          metadata: { name: 'lea-1', namespace: 'clu-1', uid },
          spec: { containers: [{ name: 'main' }] },
        },
        startedAt,
        told: { uid, cpuSeconds: 12.5, memoryBytes: 1_000, receivedBytes: 7, sentBytes: 8, gpus: [], ...told },
      },
    ],
  };
}

describe('the summary of a worker', () => {
  test('has the shape of the kubelet’s Summary API, with units as it has them', () => {
    const time = '2026-11-24T12:00:10.000Z';
    expect(summaryOf(usage({ gpus: [{ uuid: 'GPU-1', utilisation: 0.97, memoryBytes: 2 ** 30 }] }))).toEqual({
      node: { nodeName: 'wrk-1' },
      pods: [
        {
          podRef: { name: 'lea-1', namespace: 'clu-1', uid },
          startTime: startedAt,
          containers: [
            {
              name: 'main',
              startTime: startedAt,
              cpu: { time, usageCoreNanoSeconds: 12_500_000_000 },
              memory: { time, workingSetBytes: 1_000 },
              accelerators: [
                {
                  make: 'nvidia',
                  model: 'NVIDIA L4',
                  id: 'GPU-1',
                  memoryTotal: 23_034 * 2 ** 20,
                  memoryUsed: 2 ** 30,
                  dutyCycle: 97,
                },
              ],
            },
          ],
          network: { time, rxBytes: 7, txBytes: 8 },
        },
      ],
    });
  });

  test('leaves out what the machine could not read, and devices that the worker never said it has', () => {
    const gpus = [
      { uuid: 'GPU-1', utilisation: null, memoryBytes: null },
      { uuid: 'GPU-another', utilisation: 1, memoryBytes: 1 },
    ];
    const { pods } = summaryOf(usage({ receivedBytes: null, gpus })) as { pods: { containers: object[] }[] };
    expect(pods[0]).not.toHaveProperty('network');
    expect(pods[0]!.containers[0]).toMatchObject({
      accelerators: [{ id: 'GPU-1', make: 'nvidia', model: 'NVIDIA L4', memoryTotal: 23_034 * 2 ** 20 }],
    });
  });
});

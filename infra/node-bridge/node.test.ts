import { describe, expect, test } from '@jest/globals';
import type { Facts } from '@muster/agent';
import { nodeOf, nodeStatusOf } from './node.ts';

const facts: Facts = {
  agentVersion: '0.1.0',
  hostname: 'h',
  os: 'Debian',
  kernel: '6',
  architecture: 'x86_64',
  cpuModel: 'c',
  cpuCores: 32,
  memoryBytes: 64 * 2 ** 30,
  diskBytes: 2 ** 40,
  diskFreeBytes: 2 ** 39,
  gpus: [],
  engine: { name: 'podman', version: '4', cgroups: 'v2' },
};
const h100 = {
  index: 0,
  uuid: 'GPU-1',
  name: 'NVIDIA H100 80GB HBM3',
  memoryMib: 81559,
  driverVersion: '550.54.15',
  computeCapability: '9.0',
};
const worker = { workerId: 'wrk_01k', poolId: 'pool_1', bridgeId: 'b', draining: false };

describe('a worker’s Node', () => {
  test('GPUs are labelled and counted as NVIDIA’s own tools do', () => {
    const gpuFacts = { ...facts, gpus: [h100, { ...h100, index: 1, uuid: 'GPU-2' }], cudaVersion: '12.4' };
    expect(nodeOf({ ...worker, facts: gpuFacts }).metadata?.labels).toMatchObject({
      'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
      'nvidia.com/gpu.memory': '81559',
      'nvidia.com/gpu.count': '2',
      'nvidia.com/gpu.compute.major': '9',
      'nvidia.com/cuda.runtime-version.full': '12.4',
    });
    const { status } = nodeStatusOf({ ...worker, facts: gpuFacts }, { host: '10.0.0.1', port: 10250 }, new Date(0));
    expect(status?.capacity).toMatchObject({ cpu: '32', 'nvidia.com/gpu': '2' });
    expect(status?.capacity).not.toHaveProperty('muster.io/device');
  });

  test('a machine without accelerators offers its CPU as one device', () => {
    const { status } = nodeStatusOf({ ...worker, facts }, { host: '10.0.0.1', port: 10250 }, new Date(0));
    expect(status?.allocatable).toMatchObject({ 'muster.io/device': '1', memory: `${64 * 2 ** 20}Ki` });
    expect(status?.daemonEndpoints?.kubeletEndpoint?.Port).toBe(10250);
  });

  test('whatever a driver calls its card, the label is one that Kubernetes takes', () => {
    const odd = { ...facts, gpus: [{ ...h100, name: `(TM) "Odd"/card, ${'x'.repeat(90)}!` }] };
    const product = nodeOf({ ...worker, facts: odd }).metadata?.labels?.['nvidia.com/gpu.product'];
    expect(product).toMatch(/^[A-Za-z0-9][\w.-]{0,61}[A-Za-z0-9]$/);
  });
});

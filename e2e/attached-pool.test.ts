/** The main job on an attached pool, whose node is a real kubelet with containerd and `nvidia.com/gpu` from a device plugin. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answer, type Schemas } from '@muster/contract/client';
import { openStack, removeStack, silent, startControlPlane } from '@muster/local';
import { startNode, stopNode } from './node/kubelet.ts';
import {
  brokenInvariants,
  type Cluster,
  clientOf,
  demoImage,
  endClusters,
  muster,
  musterJson,
  stack,
  until,
} from './platform.ts';

const pool = openStack({ home: join(stack.home, 'attached'), durable: false });
const modelId = 'nvidia-t4';
/** As NVIDIA's GPU Feature Discovery labels a node; the speeds as measured by whoever runs the pool. */
const labels = {
  'nvidia.com/gpu.product': 'Tesla-T4',
  'nvidia.com/gpu.memory': '15360',
  'nvidia.com/gpu.count': '2',
  'nvidia.com/cuda.runtime.major': '12',
  'nvidia.com/cuda.runtime.minor': '4',
  'muster.io/down-mbps': '900',
  'muster.io/up-mbps': '900',
};

let poolId: string | undefined;
beforeAll(async () => {
  const controlPlane = await startControlPlane(pool);
  await startNode(pool, controlPlane, { devices: 2, images: [demoImage], labels });
  const attached = await musterJson<Schemas['Pool']>(
    'supplier',
    'pool',
    'attach',
    // A name is taken for ever, and a stack may see this test again.
    `e2e-kubelet-${process.pid}`,
    '--country',
    'FI',
    '--kubeconfig',
    controlPlane.kubeconfig,
  );
  poolId = attached.id;
}, 300_000);
afterAll(async () => {
  // While there is a node to end it on: a pool that is gone cannot be asked any more.
  await endClusters('customer');
  if (poolId) await muster('supplier', 'pool', 'detach', poolId);
  await stopNode(pool);
  await removeStack(pool, silent);
}, 240_000);

describe('an attached pool', () => {
  test('its node becomes a worker by its labels and devices, and the main job runs there', async () => {
    await until('the node’s worker to be ready', async () => {
      const { items } = await musterJson<{ items: Schemas['Worker'][] }>('supplier', 'worker', 'list');
      return items.find((worker) => worker.poolId === poolId && worker.readiness === 'cluster-ready');
    });
    const quote = await musterJson<Schemas['Quote']>(
      'customer',
      'quote',
      '--model',
      modelId,
      '--country',
      'FI',
      '--devices',
      '2',
      '--workers',
      '1',
    );
    const cluster = await musterJson<Cluster>('customer', 'cluster', 'create', '--quote', quote.id, '--wait');
    expect(cluster).toMatchObject({ state: 'running', poolId, simulated: false, currency: 'USD' });

    const task = await musterJson<Schemas['Task']>(
      'customer',
      'task',
      'run',
      cluster.id,
      '--image',
      demoImage,
      '--wait',
      '--',
      'sh',
      '-c',
      'echo devices=$NVIDIA_VISIBLE_DEVICES; id -u',
    );
    expect(task).toMatchObject({ state: 'succeeded', exitCode: 0 });
    const { stdout } = await muster('customer', 'task', 'logs', task.id);
    expect(stdout).toMatch(/devices=GPU-test-\d,GPU-test-\d/);
    expect(stdout).not.toMatch(/^0$/m);

    const training = await musterJson<Schemas['Task']>(
      'customer',
      'task',
      'run',
      cluster.id,
      '--image',
      demoImage,
      '--wait',
      '--',
      'node',
      '/demo/train.mts',
    );
    expect(training.state).toBe('succeeded');

    const busy = ['--image', demoImage, '--', 'sh', '-c', 'while :; do :; done'];
    await musterJson<Schemas['Task']>('customer', 'task', 'run', cluster.id, ...busy);
    const params = { path: { clusterId: cluster.id } };
    const { memoryBytes } = await until('the kubelet’s word on what it uses', async () => {
      const { samples } = await answer(clientOf('customer').public.GET('/clusters/{clusterId}/usage', { params }));
      return samples.find(({ cpuCores }) => cpuCores > 0.05);
    });
    expect(memoryBytes).toBeGreaterThan(0);

    const ended = await musterJson<Cluster>('customer', 'cluster', 'terminate', cluster.id, '--wait');
    expect(ended.state).toBe('terminated');
    const { items: invoices } = await musterJson<{ items: Schemas['Invoice'][] }>('customer', 'invoice', 'list');
    expect(BigInt(invoices.find(({ clusterId }) => clusterId === cluster.id)!.totalMicroUsd)).toBeGreaterThan(0n);
    expect(await brokenInvariants()).toEqual([]);
  }, 300_000);
});

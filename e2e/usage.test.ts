/** What workers use, from the kernel of a real worker to the API: agent, bridge, orchestrator, Redis. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { answer, type Schemas } from '@muster/contract/client';
import { type Cluster, clientOf, demoImage, endClusters, musterJson, ownModel, until } from './platform.ts';

afterEach(() => endClusters('customer'), 120_000);

describe('what a cluster’s workers use', () => {
  test('a task that computes is seen to, by its own organization and by no other', async () => {
    const { modelId, country } = await ownModel();
    const request = ['--model', modelId, '--country', country, '--tier', 'low', '--workers', '1'];
    const { id } = await musterJson<Cluster>('customer', 'cluster', 'create', ...request, '--wait');
    const busy = 'i=0; while [ $i -lt 4 ]; do (while :; do :; done) & i=$((i+1)); done; wait';
    const command = ['--', 'sh', '-c', busy];
    const task = await musterJson<Schemas['Task']>('customer', 'task', 'run', id, '--image', demoImage, ...command);
    await until('the task to run', async () => {
      const { state } = await musterJson<Schemas['Task']>('customer', 'task', 'get', task.id);
      return state === 'running';
    });

    const params = { path: { clusterId: id } };
    const samples = await until(
      'a sample of a worker that computes',
      async () => {
        const { samples } = await answer(clientOf('customer').public.GET('/clusters/{clusterId}/usage', { params }));
        // Idle it uses a thousandth; of a busy machine it may get a small part of the cores that it could fill.
        return samples.some(({ cpuCores }) => cpuCores > 0.05) && samples;
      },
      60,
    );
    for (const sample of samples) {
      expect(sample).toMatchObject({ rank: 0, gpuUtilisation: null, gpuMemoryBytes: null });
      expect(sample.receivedBytesPerSecond).not.toBeNull();
    }
    expect(samples.at(-1)!.memoryBytes).toBeGreaterThan(0);

    const stranger = clientOf('supplier').public.GET('/clusters/{clusterId}/usage', { params });
    await expect(stranger).rejects.toMatchObject({ code: 'not_found' });
  }, 180_000);
});

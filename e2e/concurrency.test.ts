/** Many at once: what is sold is never sold twice, and the same request never makes two clusters. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { answer, Problem, type Schemas } from '@muster/contract/client';
import { brokenInvariants, type Cluster, clientOf, endClusters, musterJson, until } from './platform.ts';

const customer = clientOf('customer');

const request = (modelId: string, workers: number) => ({
  kind: 'container' as const,
  processor: { modelIds: [modelId], devicesPerWorker: 1 },
  workers,
  simulated: true,
});

async function create(modelId: string, workers: number, key?: string): Promise<Cluster> {
  return answer(
    customer.public.POST('/clusters', {
      body: { request: request(modelId, workers) },
      ...(key && { headers: { 'Idempotency-Key': key } }),
    }),
  );
}

/** Free simulated workers of a model, over all countries and tiers. */
async function freeWorkers(modelId: string): Promise<number> {
  const { items } = await musterJson<{ items: Schemas['Offer'][] }>(
    'customer',
    'offers',
    '--simulated',
    '--model',
    modelId,
    '--limit',
    '1000',
  );
  return items.reduce((sum, { workers }) => sum + workers, 0);
}

/** Two models of simulated workers with enough supply for the tests. */
async function models(): Promise<string[]> {
  return until('simulated workers', async () => {
    const { items } = await musterJson<{ items: Schemas['Offer'][] }>(
      'customer',
      'offers',
      '--simulated',
      '--limit',
      '1000',
    );
    const counts = new Map<string, number>();
    for (const { modelId, workers } of items) counts.set(modelId, (counts.get(modelId) ?? 0) + workers);
    const enough = [...counts].filter(([, count]) => count >= 22).map(([modelId]) => modelId);
    return enough.length >= 2 && enough;
  });
}

afterEach(() => endClusters('customer'), 120_000);

describe('at once', () => {
  test('64 creators on supply for 20 clusters: exactly 20 succeed, and the others are told why', async () => {
    const [modelId] = await models();
    const free = await freeWorkers(modelId!);
    if (free > 20) await create(modelId!, free - 20);

    const results = await Promise.allSettled(Array.from({ length: 64 }, () => create(modelId!, 1)));
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(results.length - refusals.length).toBe(20);
    for (const refusal of refusals) {
      expect(refusal).toBeInstanceOf(Problem);
      expect((refusal as Problem).code).toBe('unfulfillable');
      expect((refusal as Problem).details.exclusions).not.toEqual([]);
    }
    expect(await freeWorkers(modelId!)).toBe(0);
    expect(await brokenInvariants()).toEqual([]);
  });

  test('the same Idempotency-Key sent 50 times at once makes one cluster, and all get the same answer', async () => {
    const [, modelId] = await models();
    const key = `e2e-${Date.now()}`;
    const before = await freeWorkers(modelId!);
    const answers = await Promise.all(Array.from({ length: 50 }, () => create(modelId!, 2, key)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await freeWorkers(modelId!)).toBe(before - 2);
    await expect(create(modelId!, 1, key)).rejects.toMatchObject({ code: 'idempotency_conflict' });
  });
});

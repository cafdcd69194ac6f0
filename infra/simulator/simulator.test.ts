import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { findCountry, matchModel } from '@muster/catalogue';
import { deviceCountOf, isSimulated, nodeSchema } from '@muster/workers';
import { planNodes } from './plan.ts';
import { simulate } from './simulate.ts';

/** A planned node as the orchestrator will report it. */
const asObserved = (node: ReturnType<typeof planNodes>[number]) =>
  nodeSchema.parse({
    name: node.metadata?.name,
    labels: node.metadata?.labels,
    allocatable: node.status?.allocatable,
    ready: true,
  });

describe('the plan', () => {
  const nodes = planNodes(600).map(asObserved);

  test('every node says that it is simulated, and is one that the workers domain understands', () => {
    for (const node of nodes) {
      expect(isSimulated(node)).toBe(true);
      expect(findCountry(node.labels['muster.io/country']!)).toBeDefined();
      const model = matchModel(node.labels['nvidia.com/gpu.product']!, Number(node.labels['nvidia.com/gpu.memory']));
      expect(model).toBeDefined();
      expect(deviceCountOf(node)).toBe(Number(node.labels['nvidia.com/gpu.count']));
    }
  });

  test('200 nodes are in 30 countries with every model, and names are unique', () => {
    const some = nodes.slice(0, 200);
    expect(new Set(some.map(({ labels }) => labels['muster.io/country'])).size).toBe(30);
    expect(new Set(some.map(({ labels }) => labels['nvidia.com/gpu.product'])).size).toBe(8);
    expect(new Set(nodes.map(({ name }) => name)).size).toBe(600);
  });

  test('a larger plan begins with the smaller one, so that growing keeps what is there', () => {
    expect(planNodes(40)).toEqual(planNodes(50).slice(0, 40));
  });

  test('can be of one model, and not of one that is not simulated', () => {
    const only = planNodes(20, { modelIds: ['nvidia-h100-80gb-sxm'] }).map(asObserved);
    expect(new Set(only.map(deviceCountOf))).toEqual(new Set([8]));
    expect(() => planNodes(1, { modelIds: ['nope'] })).toThrow('simulated');
  });
});

describe('simulated nodes', () => {
  let kubeconfig = '';
  let api: CoreV1Api;
  beforeAll(async () => {
    const path = process.env.MUSTER_KUBECONFIG;
    if (!path) throw new Error('Set MUSTER_KUBECONFIG: `./muster test` does it.');
    kubeconfig = readFileSync(path, 'utf8');
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    api = config.makeApiClient(CoreV1Api);
    await api.createNode({ body: { metadata: { name: 'simulator-test-bystander' } } });
  });
  afterAll(async () => {
    await api.deleteNode({ name: 'simulator-test-bystander' });
  });
  const count = async (labelSelector?: string) =>
    (await api.listNode(labelSelector ? { labelSelector } : {})).items.length;

  test('are made, grown, shrunk and removed to the number asked for, and nothing else is touched', async () => {
    const others = (await count()) - (await count('muster.io/simulated=true'));
    await simulate(kubeconfig, { workers: 30 });
    expect(await simulate(kubeconfig, { workers: 30 })).toEqual({ created: 0, removed: 0 });
    expect(await simulate(kubeconfig, { workers: 45 })).toEqual({ created: 15, removed: 0 });
    expect(await simulate(kubeconfig, { workers: 10 })).toEqual({ created: 0, removed: 35 });
    const [node] = (await api.listNode({ labelSelector: 'muster.io/simulated=true' })).items;
    expect(node?.status?.allocatable).toHaveProperty(['nvidia.com/gpu']);
    await simulate(kubeconfig, { workers: 0 });
    expect(await count('muster.io/simulated=true')).toBe(0);
    expect(await count()).toBe(others);
  });
});

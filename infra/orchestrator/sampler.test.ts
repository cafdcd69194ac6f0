import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { V1Node, V1Pod } from '@kubernetes/client-node';
import { createLogger, ManualClock } from '@muster/common';
import { createRedis } from '@muster/db';
import { noteSummary, readUsage } from '@muster/usage';
import { workerLabel } from '@muster/workers';
import type { Intent } from './intent.ts';
import { KubeError } from './kube.ts';
import { labels, namespaceOf } from './names.ts';
import { Sampler } from './sampler.ts';

const redis = createRedis(process.env.MUSTER_REDIS_URL!);
afterAll(() => redis.disconnect());

const clock = new ManualClock('2026-11-24T12:00:00Z');

/** A pool of nodes that answer as they are told to, and the clusters that Postgres says it has. */
class World {
  intents: Intent[] = [];
  pods = new Map<string, Map<string, V1Pod>>();
  nodes = new Map<string, V1Node>();
  answers = new Map<string, () => unknown>();
  asked: string[] = [];
  sampler = new Sampler({
    kube: {
      request: async <T>(_: string, path: string) => {
        const [, node = ''] = /^\/api\/v1\/nodes\/([^/]+)\/proxy\/stats\/summary$/.exec(path) ?? [];
        this.asked.push(node);
        return this.answers.get(node)!() as T;
      },
    },
    view: { podsOf: (id) => this.pods.get(id) ?? new Map(), node: (name) => this.nodes.get(name) },
    memories: { intents: () => this.intents },
    redis,
    clock,
    log: createLogger('test', 'silent'),
    mayReport: () => true,
  });

  node(name: string, nodeLabels: Record<string, string> = {}): void {
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    this.nodes.set(name, { metadata: { name, labels: nodeLabels }, status });
    this.answers.set(name, () => ({ pods: [] }));
  }

  /** A cluster with a lease on each of these nodes, by rank, and a pod that runs on each. */
  cluster(...nodeNames: string[]): { id: string; pods: V1Pod[] } {
    const id = `clu_${randomUUID()}`;
    const leases = nodeNames.map((nodeName, rank) => ({ id: `lea_${randomUUID()}`, rank, nodeName }));
    this.intents.push({ clusterId: id, ending: false, leases } as unknown as Intent);
    const pods = leases.map(
      (lease): V1Pod => ({
        metadata: {
          name: lease.id,
          namespace: namespaceOf(id),
          uid: randomUUID(),
          labels: { [labels.lease]: lease.id },
        },
        spec: { nodeName: lease.nodeName, containers: [] },
        status: { phase: 'Running' },
      }),
    );
    this.pods.set(id, new Map(pods.map((pod) => [pod.metadata!.name!, pod])));
    return { id, pods };
  }

  async samples(id: string) {
    return (await readUsage(redis, id, { now: clock.now() })).samples;
  }
}

/** A kubelet's word on a pod that began ten seconds ago and uses so many cores. */
function told({ metadata }: V1Pod, cores: number, change: object = {}) {
  const time = clock.now().toISOString();
  const startTime = new Date(clock.now().getTime() - 10_000).toISOString();
  const podRef = { name: metadata!.name, namespace: metadata!.namespace, uid: metadata!.uid, ...change };
  const cpu = { time, usageCoreNanoSeconds: cores * 10e9 };
  return { podRef, startTime, containers: [{ name: 'main', startTime, cpu, memory: { time, workingSetBytes: 7 } }] };
}

let world: World;
beforeEach(() => {
  world = new World();
  clock.advance(15_000);
});

describe('the samples of a pool', () => {
  test('are per cluster and rank, and each node is asked once', async () => {
    for (const name of ['n0', 'n1']) world.node(name);
    const [one, two] = [world.cluster('n0', 'n1'), world.cluster('n1')];
    world.answers.set('n0', () => ({ pods: [told(one.pods[0]!, 1)] }));
    world.answers.set('n1', () => ({ pods: [told(one.pods[1]!, 2), told(two.pods[0]!, 4)] }));
    await world.sampler.sample();
    expect(world.asked.toSorted()).toEqual(['n0', 'n1']);
    expect((await world.samples(one.id)).map(({ rank, cpuCores }) => [rank, cpuCores])).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(await world.samples(two.id)).toMatchObject([{ rank: 0, cpuCores: 4, memoryBytes: 7, at: clock.now() }]);
  });

  test('of a community worker are what its bridge was told, and no kubelet is asked', async () => {
    const [heard, silent] = [randomUUID(), randomUUID()];
    for (const name of [heard, silent]) world.node(name, { [workerLabel]: 'wrk_1' });
    const { id, pods } = world.cluster(heard, silent);
    await noteSummary(redis, heard, { pods: [told(pods[0]!, 1.5)] });
    await world.sampler.sample();
    expect(world.asked).toEqual([]);
    expect(await world.samples(id)).toMatchObject([{ rank: 0, cpuCores: 1.5 }]);
  });

  test('are only of the lease’s own node: what another node says of the cluster’s pods is not heard', async () => {
    for (const name of ['n0', 'hostile']) world.node(name);
    const [mine, theirs] = [world.cluster('n0'), world.cluster('hostile')];
    world.answers.set('n0', () => ({ pods: [told(mine.pods[0]!, 1)] }));
    world.answers.set('hostile', () => ({
      pods: [told(mine.pods[0]!, 999), told(theirs.pods[0]!, 3, { namespace: namespaceOf(mine.id) })],
    }));
    await world.sampler.sample();
    expect(await world.samples(mine.id)).toMatchObject([{ rank: 0, cpuCores: 1 }]);
    expect(await world.samples(theirs.id)).toEqual([]);
  });

  test('are none for a simulated node, for one that is not ready, and for a pod that is not told of', async () => {
    world.node('simulated', { type: 'kwok' });
    world.node('away');
    world.nodes.get('away')!.status!.conditions![0]!.status = 'False';
    world.node('forgetful');
    const clusters = ['simulated', 'away', 'forgetful'].map((name) => world.cluster(name));
    await world.sampler.sample();
    expect(world.asked).toEqual(['forgetful']);
    for (const { id } of clusters) expect(await world.samples(id)).toEqual([]);
  });

  test('of one node do not fail with another’s', async () => {
    for (const name of ['broken', 'absurd', 'n0']) world.node(name);
    const cluster = world.cluster('broken', 'absurd', 'n0');
    world.answers.set('broken', () => {
      throw new Error('no answer in time');
    });
    world.answers.set('absurd', () => 'not a summary');
    world.answers.set('n0', () => ({ pods: [told(cluster.pods[2]!, 1)] }));
    await world.sampler.sample();
    expect(await world.samples(cluster.id)).toMatchObject([{ rank: 2, cpuCores: 1 }]);
  });

  test('stop where the pool gives no right to them, but for one question now and then', async () => {
    for (const name of ['n0', 'n1', 'n2']) world.node(name);
    const cluster = world.cluster('n0', 'n1', 'n2');
    for (const name of world.nodes.keys()) {
      world.answers.set(name, () => {
        throw new KubeError(403, 'Forbidden', 'nodes/proxy is forbidden');
      });
    }
    await world.sampler.sample();
    expect(world.asked).toHaveLength(3);
    await world.sampler.sample();
    expect(world.asked).toHaveLength(4);
    for (const [rank, name] of [...world.nodes.keys()].entries()) {
      world.answers.set(name, () => ({ pods: [told(cluster.pods[rank]!, 1)] }));
    }
    await world.sampler.sample();
    clock.advance(15_000);
    await world.sampler.sample();
    expect(await world.samples(cluster.id)).toHaveLength(4);
  });

  test('end with the cluster', async () => {
    world.node('n0');
    const { id } = world.cluster('n0');
    world.intents[0]!.ending = true;
    await world.sampler.sample();
    expect(world.asked).toEqual([]);
    expect(await world.samples(id)).toEqual([]);
  });
});

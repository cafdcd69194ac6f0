import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import type { Facts, PodStatus } from '@muster/agent';
import { createIds, kubernetesName, systemClock } from '@muster/common';
import { leaseOf, nodeOf } from './node.ts';
import { Pool } from './pool.ts';
import { kubernetesStatus } from './status.ts';
import { kubernetes, until } from './testing.ts';

const namespace = `pool-test-${randomUUID().slice(0, 8)}`;
const { core, path } = kubernetes();
const pool = new Pool(path);
const workerId = createIds(systemClock).next('worker');
const nodeName = kubernetesName(workerId);
const facts: Facts = {
  agentVersion: '1.0.0',
  hostname: 'attic',
  os: 'Linux',
  kernel: '6.1',
  architecture: 'x86_64',
  cpuModel: 'CPU',
  cpuCores: 4,
  memoryBytes: 2 ** 30,
  diskBytes: 2 ** 40,
  diskFreeBytes: 2 ** 39,
  gpus: [],
  engine: { name: 'podman', version: '4.3', cgroups: 'v2' },
};
const input = { workerId, poolId: 'pool_test', bridgeId: 'test', facts, draining: false };

beforeAll(async () => {
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  await until('the namespace has its account', () =>
    core.readNamespacedServiceAccount({ name: 'default', namespace }).catch(() => false),
  );
});
afterAll(async () => {
  await core.deleteNode({ name: nodeName }).catch(() => {});
  await core.deleteNamespace({ name: namespace });
});

async function boundPod(name: string): Promise<V1Pod> {
  // Of a node that is not there: nothing but this test writes the pod's status.
  const spec = { nodeName: `absent-${name}`, containers: [{ name: 'main', image: 'none' }] };
  return core.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
}

function running(uid: string, attempt: number): PodStatus {
  return {
    uid,
    phase: 'Running',
    podIp: `10.88.0.${attempt + 2}`,
    startedAt: '2026-01-01T00:00:00Z',
    restartCount: attempt,
    containerId: `container-${attempt}`,
    state: { kind: 'running', startedAt: '2026-01-01T00:00:00Z' },
  };
}

describe('a pod’s status in the pool', () => {
  test('follows a container that restarts with another address', async () => {
    const pod = await boundPod('restarts');
    for (const attempt of [0, 1, 2]) {
      const report = running(pod.metadata!.uid!, attempt);
      await pool.writeStatus(pod, kubernetesStatus(pod, report, '127.0.0.1', new Date()));
      const { status } = await core.readNamespacedPod({ name: 'restarts', namespace });
      expect(status).toMatchObject({ podIP: report.podIp, podIPs: [{ ip: report.podIp }] });
      expect(status?.containerStatuses).toHaveLength(1);
      expect(status?.containerStatuses?.[0]?.restartCount).toBe(attempt);
    }
  });

  test('is never written to, nor is the pod removed, when a successor has its name', async () => {
    const pod = await boundPod('successor');
    await core.deleteNamespacedPod({ name: 'successor', namespace, body: { gracePeriodSeconds: 0 } });
    await boundPod('successor');
    await pool.writeStatus(pod, kubernetesStatus(pod, running(pod.metadata!.uid!, 0), '127.0.0.1', new Date()));
    await pool.removePod(pod);
    const successor = await core.readNamespacedPod({ name: 'successor', namespace });
    expect(successor.metadata?.uid).not.toBe(pod.metadata?.uid);
    expect(successor.metadata?.deletionTimestamp).toBeUndefined();
    expect(successor.status?.phase).toBe('Pending');
  });
});

describe('a worker’s Node in the pool', () => {
  test('keeps an operator’s cordon when the agent connects anew; draining cordons it, and a connect after that does not', async () => {
    const apply = async (draining: boolean) =>
      (await pool.applyNode(nodeOf({ ...input, draining }))).spec?.unschedulable;
    expect(await apply(false)).toBeUndefined();
    expect(await apply(true)).toBe(true);
    expect(await apply(false)).toBeUndefined();
    await core.patchNode({ name: nodeName, body: [{ op: 'add', path: '/spec/unschedulable', value: true }] });
    expect(await apply(false)).toBe(true);
  });

  test('has a Lease that says when it was renewed, and both are gone with the Node', async () => {
    const node = await pool.applyNode(nodeOf(input));
    const at = new Date('2026-01-02T03:04:05.678Z');
    await pool.applyLease(leaseOf(node, at));
    expect((await pool.renewals()).get(nodeName)).toEqual(at);
    await pool.deleteNode(nodeName);
    expect(await pool.node(nodeName)).toBeUndefined();
    await until('the Lease is collected', async () => !(await pool.renewals()).has(nodeName));
  });
});

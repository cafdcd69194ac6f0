import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1NetworkPolicy, V1Pod, V1ResourceQuota } from '@kubernetes/client-node';
import type { Broker } from '@muster/broker';
import { createCluster, terminateCluster } from '@muster/clusters';
import type { Actor } from '@muster/common';
import { cancelTask, getTask, runTask } from '@muster/tasks';
import { isKubeError } from './kube.ts';
import { labels, namespaceOf } from './names.ts';
import type { Pool } from './pool.ts';
import { TestPool, until } from './testing.ts';
import { namespacePath } from './view.ts';

describe('an orchestrated pool', () => {
  let pool: TestPool;
  let orchestrator: Pool;
  let customer: Actor;

  beforeAll(async () => {
    pool = await TestPool.create();
    await pool.supply(6);
    customer = await pool.world.customer();
    orchestrator = await pool.orchestrate();
  });
  afterAll(() => pool.destroy());

  const create = async (workers: number, more: object = {}): Promise<string> => {
    const { id } = await createCluster(pool.world.context, customer, { request: pool.world.request(workers, more) });
    return id;
  };
  const state = async (id: string) => (await pool.world.cluster(id)).state;
  const running = (id: string) => until(async () => (await state(id)) === 'running');
  const end = async (id: string): Promise<void> => {
    await terminateCluster(pool.world.context, customer, id, { reason: 'the test is over' });
    await until(async () => (await state(id)) === 'terminated');
    expect(await pool.pods(id)).toEqual([]);
    const namespace = await pool.kube
      .request<{ status?: { phase?: string } }>('GET', namespacePath(id))
      .catch(() => undefined);
    expect(namespace?.status?.phase ?? 'gone').not.toBe('Active');
  };
  const inNamespace = <T>(id: string, path: string) =>
    pool.kube.request<T>('GET', `${path.replace('*', namespaceOf(id))}`);

  test('a cluster with an image runs on exactly its leased nodes, confined, and leaves nothing behind', async () => {
    const id = await create(3, { image: 'registry.test/service:1', env: { GREETING: 'hello' } });
    await running(id);
    const leases = await pool.world.leases(id);
    const pods = await pool.pods(id);
    expect(pods.map(({ metadata }) => metadata?.labels?.[labels.lease]).sort()).toEqual(
      leases.map((each) => each.id).sort(),
    );
    for (const { spec, metadata } of pods) {
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      const [container] = spec!.containers;
      expect(container?.securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
      });
      expect(container?.resources?.limits).toMatchObject({ 'nvidia.com/gpu': '1' });
      expect(container?.resources?.requests).toEqual(container?.resources?.limits);
      const worker = leases.find((lease) => lease.id === metadata?.labels?.[labels.lease])?.workerId;
      const row = await pool.world.context.db
        .selectFrom('worker')
        .select('node_name')
        .where('id', '=', worker!)
        .executeTakeFirstOrThrow();
      expect(spec?.nodeName).toBe(row.node_name);
    }
    const policy = await inNamespace<{ items: V1NetworkPolicy[] }>(
      id,
      '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
    );
    expect(policy.items).toHaveLength(1);
    expect(policy.items[0]?.spec?.policyTypes).toEqual(['Ingress', 'Egress']);
    const quota = await inNamespace<{ items: V1ResourceQuota[] }>(id, '/api/v1/namespaces/*/resourcequotas');
    expect(quota.items[0]?.spec?.hard).toMatchObject({ 'requests.nvidia.com/gpu': '6', services: '0' });
    await end(id);
  });

  test('a privileged pod is refused in a cluster’s namespace, whoever asks', async () => {
    const id = await create(1);
    await running(id);
    const privileged = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'privileged' },
      spec: { containers: [{ name: 'main', image: 'x', securityContext: { privileged: true } }] },
    };
    const refusal = await pool.kube
      .request('POST', `${namespacePath(id)}/pods`, { body: privileged })
      .catch((error) => error);
    expect(isKubeError(refusal, 403) && refusal.message).toContain('violates PodSecurity');
    await end(id);
  });

  test('applying twice changes nothing', async () => {
    const id = await create(2, { image: 'registry.test/service:1' });
    await running(id);
    const versions = async () => {
      const paths = [
        '/api/v1/namespaces/*/pods',
        '/api/v1/namespaces/*/serviceaccounts',
        '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
      ];
      const lists = await Promise.all(paths.map((path) => inNamespace<{ items: V1Pod[] }>(id, path)));
      const namespace = await pool.kube.request<V1Pod>('GET', namespacePath(id));
      return [namespace, ...lists.flatMap(({ items }) => items)].map(({ metadata }) => metadata?.resourceVersion);
    };
    const before = await versions();
    await pool.reconcileAfresh(id);
    expect(await versions()).toEqual(before);
    await end(id);
  });

  test('bare capacity runs a task: rank 0 first, the others with its address, and the end is reported', async () => {
    const id = await create(2);
    await running(id);
    expect(await pool.pods(id)).toEqual([]);
    const task = await runTask(pool.world.context, customer, id, { image: 'registry.test/train:1', ranks: 2 });
    const pods = await until(async () => {
      const found = await pool.pods(id);
      return found.length === 2 ? found : undefined;
    });
    const [first, second] = ['0', '1'].map((rank) =>
      pods.find(({ metadata }) => metadata?.labels?.[labels.rank] === rank),
    );
    const env = (pod: V1Pod | undefined) =>
      Object.fromEntries(pod?.spec?.containers[0]?.env?.map(({ name, value }) => [name, value]) ?? []);
    expect(env(first)).toMatchObject({ RANK: '0', WORLD_SIZE: '2', MASTER_ADDR: '127.0.0.1' });
    expect(env(second)).toMatchObject({ RANK: '1', MASTER_ADDR: first?.status?.podIP, MASTER_PORT: '29500' });
    const ended = await until(async () => {
      const now = await getTask(pool.world.context, customer, task.id);
      return now.endedAt && now;
    });
    expect(ended.state).toBe('succeeded');
    await until(async () => (await pool.pods(id)).length === 0);
    await end(id);
  });

  test('a task that the API server will never take fails by its user’s fault, with the reason', async () => {
    const id = await create(1);
    await running(id);
    const task = await runTask(pool.world.context, customer, id, { image: 'registry.test/a:1', env: { 'A=B': 'c' } });
    const ended = await until(async () => {
      const now = await getTask(pool.world.context, customer, task.id);
      return now.endedAt && now;
    });
    expect(ended).toMatchObject({ state: 'failed', fault: 'user' });
    expect(ended.reason).toContain('env');
    await end(id);
  });

  test('a cancelled task’s pods go', async () => {
    const id = await create(1);
    await running(id);
    const task = await runTask(pool.world.context, customer, id, { image: 'registry.test/a:1' });
    await until(async () => (await pool.pods(id)).length === 1);
    await cancelTask(pool.world.context, customer, task.id).catch(() => {});
    await until(async () => (await pool.pods(id)).length === 0);
    await end(id);
  });

  test('a pod that someone deletes is made again', async () => {
    const id = await create(1, { image: 'registry.test/service:1' });
    await running(id);
    const [pod] = await pool.pods(id);
    await pool.kube.request('DELETE', `${namespacePath(id)}/pods/${pod!.metadata!.name}`);
    await until(async () => {
      const [now] = await pool.pods(id);
      return now && now.metadata?.uid !== pod!.metadata?.uid && now.status?.phase === 'Running';
    });
    await running(id);
    await end(id);
  });

  test('a namespace that no live cluster has is reaped (invariant 10), and another pool’s is left alone', async () => {
    const orphan = pool.world.context.ids.next('cluster');
    const foreign = pool.world.context.ids.next('cluster');
    for (const [clusterId, poolId] of [
      [orphan, pool.id],
      [foreign, 'another'],
    ] as const) {
      await pool.kube.apply({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespaceOf(clusterId), labels: { [labels.pool]: poolId, [labels.cluster]: clusterId } },
      });
    }
    const gone = (clusterId: string) =>
      pool.kube.request('GET', namespacePath(clusterId)).then(
        () => false,
        (error) => isKubeError(error, 404),
      );
    await until(async () => {
      await orchestrator.resync();
      return gone(orphan);
    });
    expect(await gone(foreign)).toBe(false);
    await pool.kube.request('DELETE', namespacePath(foreign));
  });

  test('a node that is gone costs its lease at once, and the cluster is told', async () => {
    const [node] = await pool.supply(1);
    await pool.world.context.db.updateTable('worker').set({ country: 'FR' }).where('node_name', '=', node!).execute();
    const id = await create(1, { location: { countries: ['FR'] }, image: 'registry.test/service:1' });
    await running(id);
    await pool.removeNode(node!);
    await until(async () => (await state(id)) === 'degraded');
    await end(id);
  });

  test('a pod that is seen only after its lease was let go does not stay', async () => {
    const id = await create(1, { image: 'registry.test/service:1' });
    await running(id);
    const { version } = await pool.world.cluster(id);
    const isApplied = ({ body }: { body: unknown }) => {
      const report = body as { clusterId?: string; version?: number };
      return report.clusterId === id && report.version === version;
    };
    await until(() => pool.reports.some(isApplied));
    const [{ metadata, spec }] = (await pool.pods(id)) as [V1Pod];
    const leaseId = pool.world.context.ids.next('lease');
    const late = { name: 'late', labels: { ...metadata!.labels, [labels.lease]: leaseId } };
    const { nodeName: _, ...rest } = spec!;
    await pool.kube.request('POST', `${namespacePath(id)}/pods`, {
      body: { apiVersion: 'v1', kind: 'Pod', metadata: late, spec: rest },
    });
    await until(async () => (await pool.pods(id)).every((each) => each.metadata?.name !== 'late'));
    await end(id);
  });

  test('two orchestrators do not fight: one works, the other stands by and takes over with all that runs', async () => {
    const sent: string[] = [];
    const broker: Broker = {
      ...pool.broker,
      publish: async (...messages) => void sent.push(...messages.map(({ type }) => type)),
    };
    const bystander = await pool.orchestrate({ broker });
    const heir = await pool.orchestrate();
    const id = await create(1, { image: 'registry.test/service:1' });
    await running(id);
    await bystander.stop();
    expect(sent).toEqual([]);

    await orchestrator.stop();
    const later = await create(1, { image: 'registry.test/service:1' });
    await running(later);
    await end(id);
    await end(later);
    await heir.stop();
  });
});

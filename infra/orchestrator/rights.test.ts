import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster, terminateCluster } from '@muster/clusters';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { createKube, type Kube, type KubeObject } from './kube.ts';
import { labels, namespaceOf } from './names.ts';
import { poolKubeconfig, TestPool, until } from './testing.ts';

const account = '/api/v1/namespaces/muster-system/serviceaccounts/muster-orchestrator';

/** The manifests that an operator applies. Cluster-wide objects go by their own paths here. */
async function bootstrap(kube: Kube): Promise<void> {
  const text = readFileSync(new URL('../../k8s/pool/orchestrator.yaml', import.meta.url), 'utf8');
  for (const document of parseAllDocuments(text)) await kube.apply(document.toJS() as KubeObject);
}

async function kubeconfigOfAccount(kube: Kube): Promise<string> {
  const { status } = await kube.request<{ status: { token: string } }>('POST', `${account}/token`, {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
  });
  const config = parse(poolKubeconfig());
  config.users = [{ name: config.users[0].name, user: { token: status.token } }];
  return stringify(config);
}

describe('an orchestrator with the rights of k8s/pool', () => {
  let pool: TestPool;
  let limited: Kube;
  let kubeconfig: string;

  beforeAll(async () => {
    pool = await TestPool.create();
    await bootstrap(pool.kube);
    kubeconfig = await kubeconfigOfAccount(pool.kube);
    limited = await createKube(kubeconfig);
    // A new admission policy takes a moment to be known to the API server.
    await until(async () => (await refusal(tryIn('kube-system'))).status === 403);
    await pool.supply(2);
  });
  afterAll(async () => {
    limited.close();
    await pool.destroy();
  });

  /** Every attempt is a dry run: admission decides, and nothing is left if it decides wrongly. */
  const dryRun = { dryRun: 'All', fieldManager: 'intruder', force: true };
  const attempt = (path: string, body: object) =>
    limited.request('PATCH', path, { body, query: dryRun, contentType: 'application/apply-patch+yaml' });
  const tryIn = (namespace: string) => attempt(`/api/v1/namespaces/${namespace}/pods/intruder`, pod(namespace));

  const refusal = (work: Promise<unknown>): Promise<{ status?: number; message: string }> =>
    work.then(
      () => ({ message: 'it was allowed' }),
      (error) => error,
    );
  const pod = (namespace: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'intruder', namespace },
    spec: { containers: [{ name: 'main', image: 'x' }] },
  });

  test('does its whole work: a cluster comes, runs and goes', async () => {
    const { context } = pool.world;
    const customer = await pool.world.customer();
    await pool.orchestrate({ kubeconfig });
    const request = pool.world.request(2, { image: 'registry.test/service:1' });
    const { id } = await createCluster(context, customer, { request });
    const state = async () => (await pool.world.cluster(id)).state;
    await until(async () => (await state()) === 'running');
    await terminateCluster(context, customer, id, { reason: 'the test is over' });
    await until(async () => (await state()) === 'terminated');
  });

  test('reads no secret and no config map, anywhere', async () => {
    for (const path of ['/api/v1/namespaces/kube-system/secrets', '/api/v1/secrets', '/api/v1/configmaps']) {
      expect(await refusal(limited.request('GET', path))).toMatchObject({ status: 403 });
    }
  });

  test('makes nothing in a namespace that is not Muster’s', async () => {
    for (const namespace of ['kube-system', 'default']) {
      const refused = await refusal(tryIn(namespace));
      expect(refused).toMatchObject({ status: 403 });
      expect(refused.message).toContain('only in namespaces of its own');
    }
  });

  test('neither takes over nor removes a namespace that is not Muster’s', async () => {
    const taken = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: 'default',
        labels: { [labels.pool]: pool.id, 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    };
    expect(await refusal(attempt('/api/v1/namespaces/default', taken))).toMatchObject({ status: 403 });
    const removed = await refusal(
      limited.request('DELETE', '/api/v1/namespaces/default', { query: { dryRun: 'All' } }),
    );
    expect(removed).toMatchObject({ status: 403 });
  });

  test('makes no namespace without the restricted profile', async () => {
    const name = namespaceOf(pool.world.context.ids.next('cluster'));
    const open = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [labels.pool]: pool.id } } };
    const refused = await refusal(attempt(`/api/v1/namespaces/${name}`, open));
    expect(refused.message).toContain('restricted Pod Security profile');
  });

  test('asks a kubelet what its pods use, and for nothing else: no list, no log, no shell, no other port', async () => {
    const [node] = await pool.supply(1);
    const ask = (path: string, name = node!) => refusal(limited.request('GET', `/api/v1/nodes/${name}/${path}`));
    // No kubelet is there to answer, which is not a refusal.
    const allowed = await ask('proxy/stats/summary');
    expect(allowed.status).not.toBe(403);
    expect(allowed.message).not.toContain('Muster');
    for (const path of [
      'proxy',
      'proxy/',
      'proxy/pods',
      'proxy/stats',
      'proxy/stats/summary/',
      'proxy/stats/summary/../../exec/kube-system/x/y?command=id',
      'proxy/exec/kube-system/x/y?command=id&output=1',
      'proxy/exec/kube-system/x/y?command=id&path=/stats/summary',
      'proxy/run/kube-system/x/y',
      'proxy/containerLogs/kube-system/x/y',
      'proxy?path=/exec/kube-system/x/y',
    ]) {
      expect({ path, ...(await ask(path)) }).toMatchObject({ path, status: 403 });
    }
    expect(await ask('proxy/stats/summary', `https:${node}:6443`)).toMatchObject({ status: 403 });
    expect(await refusal(limited.request('POST', `/api/v1/nodes/${node}/proxy/stats/summary`))).toMatchObject({
      status: 403,
    });
    const shell = limited.socket(
      `/api/v1/nodes/${node}/proxy/exec/kube-system/x/y`,
      { command: 'id' },
      'v4.channel.k8s.io',
    );
    const status = await new Promise((resolve) => {
      shell.once('unexpected-response', (_, response) => resolve(response.statusCode)).once('error', resolve);
    });
    expect(status).toBe(403);
  });

  test('changes no node, and gives itself no rights and no tokens', async () => {
    const attempts = [
      () => limited.request('DELETE', '/api/v1/nodes/none'),
      () => limited.request('POST', `${account}/token`, { body: {} }),
      () => limited.request('GET', '/apis/rbac.authorization.k8s.io/v1/clusterroles'),
      () => limited.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { body: {} }),
    ];
    for (const work of attempts) expect(await refusal(work())).toMatchObject({ status: 403 });
  });
});

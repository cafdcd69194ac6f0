/**
 * Time from `POST /v1/clusters` to running, for 1, 10 and 100 clusters of 8 workers on 1,000 simulated nodes, by step; beside the
 * same pods created by a plain client on the same control plane in the same run.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, makeInformer, type V1Pod } from '@kubernetes/client-node';
import { answer, createMusterClient, followEvents, type MusterClient } from '@muster/contract/client';
import { createDatabase } from '@muster/db';
import { bringUp, createProgress, openStack, readEnvironment, startKwok } from '@muster/local';
import { planNodes, simulate } from '@muster/simulator';
import { makeApiKey } from './customer.ts';
import { type Figure, ratioOf, type Section } from './report.ts';

const nodes = 1_000;
const workersPerCluster = 8;
const devicesPerWorker = 8;
const modelId = 'nvidia-h100-80gb-sxm';
const sizes: [clusters: number, runs: number][] = [
  [1, 7],
  [10, 5],
  [100, 3],
];
/** Requests at once, of the customer and of the plain client alike. */
const parallel = 16;

export async function benchClusters(): Promise<Section> {
  const stack = openStack();
  const progress = createProgress();
  const url = await bringUp(stack, progress);
  await startKwok(stack, progress);
  const { MUSTER_KUBECONFIG: kubeconfigPath, MUSTER_POSTGRES_URL: postgresUrl } = readEnvironment(stack);
  const kubeconfig = readFileSync(kubeconfigPath!, 'utf8');
  const db = createDatabase(postgresUrl!, { max: 2 });
  const pods = await watchPods(kubeconfig);
  try {
    await simulate(kubeconfig, { workers: nodes, modelIds: [modelId] });
    await untilFree(createMusterClient({ url }));
    const figures: Figure[] = [];
    const ratios = [];
    for (const [clusters, runs] of sizes) {
      const name = `${clusters} cluster${clusters > 1 ? 's' : ''}`;
      const figure = (what: string, of: string, unit = 'ms'): Figure => ({
        name: `${name}: ${what}`,
        of,
        unit,
        runs: [],
      });
      const ours = {
        total: figure('POST to running', 'Muster'),
        answered: figure('… last POST answered', 'Muster'),
        created: figure('… last pod created', 'Muster'),
        running: figure('… last pod Running', 'Muster'),
        cpu: figure('CPU of the whole machine', 'Muster', 's'),
      };
      const peer = {
        total: figure('first create to last Running', 'plain client'),
        cpu: figure('CPU of the whole machine', 'plain client', 's'),
      };
      for (let run = 0; run < runs; run++) {
        // An organization per run: its limits are a customer's.
        const apiKey = await makeApiKey(db, ['clusters:read', 'clusters:write']);
        const measured = await throughMuster(createMusterClient({ url, apiKey }), pods, clusters);
        for (const step of ['total', 'answered', 'created', 'running', 'cpu'] as const)
          ours[step].runs.push(measured[step]);
        await untilFree(createMusterClient({ url }));
        const raw = await throughPlainClient(kubeconfig, pods, clusters);
        peer.total.runs.push(raw.total);
        peer.cpu.runs.push(raw.cpu);
      }
      figures.push(...Object.values(ours), ...Object.values(peer));
      ratios.push(ratioOf(`${name}: Muster ÷ plain client`, ours.total, peer.total, '1.3 at most'));
      ratios.push(ratioOf(`${name}: CPU, Muster ÷ plain client`, ours.cpu, peer.cpu));
    }
    return {
      title: 'Clusters',
      how: `Clusters of ${workersPerCluster} workers × ${devicesPerWorker} devices on ${nodes.toLocaleString('en')} kwok nodes, ${parallel} requests at once, through the gateway, with leases, holds, namespace, quota and network policy. The plain client creates the same pods in one namespace. Steps count from the first POST.`,
      seed: 0,
      figures,
      ratios,
    };
  } finally {
    await pods.stop();
    await db.destroy();
  }
}

interface PodWatch {
  /** Forgets what was seen, and resolves when so many more pods are Running. */
  next(count: number): { created: Promise<number>; running: Promise<number> };
  stop(): Promise<void>;
}

/** Sees every pod of a bench, ours and the plain client's, the moment that the API server tells of it. */
async function watchPods(kubeconfig: string): Promise<PodWatch> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  let seen = new Set<string>();
  let up = new Set<string>();
  let check: () => void = () => {};
  const informer = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
  const note = ({ metadata, status }: V1Pod) => {
    seen.add(metadata!.uid!);
    if (status?.phase === 'Running') up.add(metadata!.uid!);
    check();
  };
  informer.on('add', note);
  informer.on('update', note);
  informer.on('error', () => setTimeout(() => informer.start(), 100));
  await informer.start();
  return {
    next(count) {
      const start = performance.now();
      seen = new Set();
      up = new Set();
      const reached: ((at: number) => void)[] = [];
      const [created, running] = [0, 1].map((index) => new Promise<number>((resolve) => (reached[index] = resolve)));
      check = () => {
        if (seen.size >= count) reached[0]!(performance.now() - start);
        if (up.size >= count) reached[1]!(performance.now() - start);
      };
      return { created: created!, running: running! };
    },
    stop: () => informer.stop(),
  };
}

async function throughMuster(muster: MusterClient, pods: PodWatch, clusters: number) {
  const abort = new AbortController();
  const begun = new Set<string>();
  let runningCount = 0;
  let finish: (at: number) => void = () => {};
  const allRunning = new Promise<number>((resolve) => {
    finish = resolve;
  });
  const feed = (async () => {
    for await (const { event } of followEvents(muster, { subjects: ['cluster'], signal: abort.signal })) {
      if (event.type === 'cluster.running' && ++runningCount === clusters) finish(performance.now());
    }
  })();
  await sleep(300); // The feed begins where it is opened.

  const cpu = cpuSeconds();
  const seen = pods.next(clusters * workersPerCluster);
  const start = performance.now();
  await inParallel(clusters, async () => {
    const body = {
      request: {
        kind: 'container' as const,
        image: 'localhost/bench:latest',
        processor: { modelIds: [modelId], devicesPerWorker },
        workers: workersPerCluster,
        simulated: true,
      },
    };
    begun.add((await answer(muster.public.POST('/clusters', { body }))).id);
  });
  const answered = performance.now() - start;
  const [created, running, finished] = await within(180, Promise.all([seen.created, seen.running, allRunning]));
  const used = cpuSeconds() - cpu;
  abort.abort();
  await feed;
  const ids = [...begun];
  await inParallel(ids.length, async (index) => {
    await muster.public.POST('/clusters/{clusterId}/terminate', {
      params: { path: { clusterId: ids[index]! } },
      body: { reason: 'measured' },
    });
  });
  return { total: finished - start, answered, created, running, cpu: used };
}

async function throughPlainClient(
  kubeconfig: string,
  pods: PodWatch,
  clusters: number,
): Promise<{ total: number; cpu: number }> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const namespace = `raw-${Date.now()}`;
  await api.createNamespace({ body: { metadata: { name: namespace } } });
  await untilDefined(() => api.readNamespacedServiceAccount({ namespace, name: 'default' }));
  const names = planNodes(nodes, { modelIds: [modelId] }).map((node) => node.metadata!.name!);
  const count = clusters * workersPerCluster;
  const cpu = cpuSeconds();
  const seen = pods.next(count);
  const start = performance.now();
  await inParallel(count, async (index) => {
    await api.createNamespacedPod({ namespace, body: rawPod(`pod-${index}`, names[index]!) });
  });
  await within(180, seen.running);
  const measured = { total: performance.now() - start, cpu: cpuSeconds() - cpu };
  await api.deleteNamespace({ name: namespace });
  await untilDefined(async () =>
    api.readNamespace({ name: namespace }).then(
      () => undefined,
      () => true,
    ),
  );
  return measured;
}

/** What the orchestrator applies for a worker, without what belongs to Muster. */
function rawPod(name: string, node: string): V1Pod {
  const resources = { cpu: '1', memory: '1Gi', 'nvidia.com/gpu': String(devicesPerWorker) };
  return {
    metadata: { name },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      nodeSelector: { 'kubernetes.io/hostname': node },
      tolerations: [{ operator: 'Exists' }],
      containers: [
        { name: 'main', image: 'localhost/bench:latest', resources: { limits: resources, requests: resources } },
      ],
    },
  };
}

/** All simulated workers can be taken (again). */
async function untilFree(visitor: MusterClient): Promise<void> {
  await untilDefined(async () => {
    const { items } = await answer(
      visitor.public.GET('/offers', { params: { query: { simulated: true, modelId: [modelId], limit: 200 } } }),
    );
    return items.reduce((sum, { workers }) => sum + workers, 0) >= nodes || undefined;
  }, 300);
}

async function untilDefined<T>(ask: () => Promise<T | undefined>, seconds = 60): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await ask().catch(() => undefined);
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`Waited ${seconds} s in vain.`);
    await sleep(200);
  }
}

function within<T>(seconds: number, work: Promise<T>): Promise<T> {
  const late = sleep(seconds * 1_000, undefined, { ref: false }).then(() => {
    throw new Error(`It did not happen within ${seconds} s.`);
  });
  return Promise.race([work, late]);
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(parallel, count) }, one));
}

/** CPU time of the whole machine since its start (user, nice, system, interrupts), from the kernel's count in hundredths of a second. */
function cpuSeconds(): number {
  const [, user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8').split('\n')[0]!.split(/\s+/);
  return [user, nice, system, irq, softirq].reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

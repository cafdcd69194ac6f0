import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Pod } from '@kubernetes/client-node';
import WebSocket from 'ws';
import { testEngine } from '../agent/testing.ts';
import { kubernetes, podFor, startBridge, TestAgent, type TestBridge, until } from './testing.ts';

const namespace = `bridge-test-${randomUUID().slice(0, 8)}`;
const agent = new TestAgent();
let one: TestBridge;
let two: TestBridge;
let dial: { one: string; two: string };

beforeAll(async () => {
  await testEngine();
  await core().createNamespace({ body: { metadata: { name: namespace } } });
  await until('the namespace has its account', () =>
    core()
      .readNamespacedServiceAccount({ name: 'default', namespace })
      .catch(() => false),
  );
  [one, two] = [await startBridge('one'), await startBridge('two')];
  dial = { one: await one.admit(agent.workerId), two: await two.admit(agent.workerId) };
  await agent.start(dial.one);
  await nodeIs('True');
});
afterAll(async () => {
  await agent.end();
  for (const bridge of [one, two]) bridge?.stop();
  for (const { metadata } of (await core().listNamespacedPod({ namespace })).items) {
    await core()
      .deleteNamespacedPod({ name: metadata!.name!, namespace, body: { gracePeriodSeconds: 0 } })
      .catch(() => {});
  }
  await core().deleteNamespace({ name: namespace });
  // The agent was killed with the last container still ending.
  spawnSync('podman', ['network', 'rm', `muster-${namespace}`]);
});

function core() {
  return kubernetes().core;
}

function nodeIs(status: 'True' | 'False', bridgeId?: string) {
  return until(`node Ready=${status}`, async () => {
    const node = await core()
      .readNode({ name: agent.nodeName })
      .catch(() => undefined);
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
    const bridge = node?.metadata?.annotations?.['muster.io/bridge'];
    return ready === status && (!bridgeId || bridge === bridgeId) && node;
  });
}

async function create(pod: V1Pod): Promise<V1Pod> {
  return core().createNamespacedPod({ namespace, body: pod });
}

function podIs(pod: V1Pod, phase: string): Promise<V1Pod> {
  const name = pod.metadata!.name!;
  let last: V1Pod | undefined;
  return until(`${name} ${phase}`, async () => {
    last = await core().readNamespacedPod({ name, namespace });
    return last.status?.phase === phase && last;
  }).catch((error) => {
    throw new Error(`${error.message}: ${JSON.stringify(last?.status)}`);
  });
}

function podIsGone(pod: V1Pod): Promise<unknown> {
  const name = pod.metadata!.name!;
  return until(`${name} gone`, async () =>
    core()
      .readNamespacedPod({ name, namespace })
      .then(
        () => false,
        (error) => error.code === 404,
      ),
  );
}

async function remove(pod: V1Pod): Promise<void> {
  await core().deleteNamespacedPod({ name: pod.metadata!.name!, namespace });
}

/** Runs a command through the API server, as the orchestrator does. */
async function exec(
  pod: V1Pod,
  command: string[],
  input?: string,
): Promise<{ output: string; status: { status: string; details?: unknown } }> {
  const { config } = kubernetes();
  const url = new URL(
    `${config.getCurrentCluster()!.server}/api/v1/namespaces/${namespace}/pods/${pod.metadata!.name}/exec`,
  );
  for (const part of command) url.searchParams.append('command', part);
  url.searchParams.set('stdout', 'true');
  url.searchParams.set('stderr', 'true');
  if (input) url.searchParams.set('stdin', 'true');
  const options = {};
  await config.applyToHTTPSOptions(options);
  const socket = new WebSocket(url.href.replace('https', 'wss'), 'v4.channel.k8s.io', options);
  let output = '';
  let status = { status: '' };
  socket.on('message', (data: Buffer) => {
    if (data[0] === 3) status = JSON.parse(data.subarray(1).toString());
    else output += data.subarray(1);
  });
  socket.on('open', () => input && socket.send(Buffer.concat([Buffer.from([0]), Buffer.from(input)])));
  await new Promise((resolve, reject) => socket.once('close', resolve).once('error', reject));
  return { output, status };
}

describe('a community worker in a pool', () => {
  test('its Node says what the machine is, and keeps pods off that do not know of it', async () => {
    const node = await nodeIs('True', 'one');
    expect(node.metadata?.labels).toMatchObject({
      'muster.io/worker': agent.workerId,
      'muster.io/pool': 'pool_test',
      'kubernetes.io/hostname': agent.nodeName,
    });
    expect(node.spec?.taints).toContainEqual({ key: 'muster.io/community', value: 'true', effect: 'NoSchedule' });
    expect(Number(node.status?.allocatable?.cpu)).toBeGreaterThan(0);
    expect(node.status?.nodeInfo?.containerRuntimeVersion).toMatch(/^podman:\/\/\d/);
    expect(one.seen).toContain(agent.workerId);
    const types = () => one.told.filter(({ workerId }) => workerId === agent.workerId).map(({ type }) => type);
    await until('the connection is measured', async () => types().includes('worker.bandwidth'));
    expect(types()).toEqual(['worker.connected', 'worker.facts', 'worker.bandwidth']);
    const speed = one.told.find(({ type }) => type === 'worker.bandwidth')?.body;
    expect(speed).toMatchObject({ downMbps: expect.any(Number), upMbps: expect.any(Number) });
    expect(Math.min(Number(speed?.downMbps), Number(speed?.upMbps))).toBeGreaterThan(0);
  });

  test('a pod is scheduled, runs, answers logs and shells through the API server, and is gone when deleted', async () => {
    const pod = await create(podFor(agent, 'echo hello from $NAME; echo second; sleep 300', {}));
    const running = await podIs(pod, 'Running');
    expect(running.status?.podIP).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    expect(running.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
    const name = pod.metadata!.name!;
    const log = await until('the log', async () => {
      const text = await core().readNamespacedPodLog({ name, namespace });
      return text.includes('second') && text;
    });
    expect(log).toBe('hello from\nsecond\n');
    expect(await core().readNamespacedPodLog({ name, namespace, tailLines: 1, timestamps: true })).toMatch(
      /^\d{4}-\S+ second\n$/,
    );
    expect(await exec(pod, ['sh', '-c', 'read x; echo "got $x"; exit 4'], 'typed\n')).toMatchObject({
      output: 'got typed\n',
      status: { status: 'Failure', details: { causes: [{ reason: 'ExitCode', message: '4' }] } },
    });
    expect((await exec(pod, ['true'])).status.status).toBe('Success');
    expect(agent.containers()).toHaveLength(1);
    await remove(pod);
    await podIsGone(pod);
    expect(agent.containers()).toEqual([]);
  });

  test('what its pods use is told with every heartbeat, as a kubelet tells it', async () => {
    const pod = await create(podFor(agent, 'while :; do :; done'));
    await podIs(pod, 'Running');
    const { name, uid } = pod.metadata!;
    const told = await until('a heartbeat with usage', async () =>
      one.used.get(agent.nodeName)?.pods.find(({ podRef }) => podRef.uid === uid),
    );
    expect(told.podRef).toEqual({ name, namespace, uid });
    const [container] = told.containers;
    expect(container!.name).toBe('main');
    expect(container!.cpu.usageCoreNanoSeconds).toBeGreaterThan(0);
    expect(container!.memory.workingSetBytes).toBeLessThan(64 * 1024 * 1024);
    expect(Date.parse(container!.cpu.time)).toBeGreaterThan(Date.parse(container!.startTime));
    await remove(pod);
    await podIsGone(pod);
    await until('a heartbeat without it', async () => one.used.get(agent.nodeName)?.pods.length === 0);
  });

  test('a followed log arrives as it is written', async () => {
    const pod = await create(podFor(agent, 'for i in 1 2 3; do echo line $i; sleep 0.3; done'));
    await until(
      'it started',
      async () =>
        (await core().readNamespacedPod({ name: pod.metadata!.name!, namespace })).status?.containerStatuses?.[0]
          ?.containerID,
    );
    const text = await core().readNamespacedPodLog({ name: pod.metadata!.name!, namespace, follow: true });
    expect(text).toBe('line 1\nline 2\nline 3\n');
    await remove(pod);
    await podIsGone(pod);
  });

  test('how a pod ended is in its status, and its log can be read until it is deleted', async () => {
    const pod = await create(podFor(agent, 'echo before the end; exit 7'));
    const ended = await podIs(pod, 'Failed');
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7, reason: 'Error' });
    expect(await core().readNamespacedPodLog({ name: pod.metadata!.name!, namespace })).toBe('before the end\n');
    await remove(pod);
    await podIsGone(pod);
  });

  test('ConfigMaps come as variables and files, and the service account’s token never does', async () => {
    await core().createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'settings' }, data: { greeting: 'good day' } },
    });
    const pod = podFor(agent, 'echo $GREETING; cat /settings/greeting; ls /var/run/secrets/kubernetes.io; true');
    const [container] = pod.spec!.containers;
    container!.env = [{ name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'settings', key: 'greeting' } } }];
    container!.volumeMounts = [{ name: 'settings', mountPath: '/settings' }];
    pod.spec!.volumes = [{ name: 'settings', configMap: { name: 'settings' } }];
    const created = await create(pod);
    expect(created.spec?.volumes?.some(({ name }) => name.startsWith('kube-api-access-'))).toBe(true);
    await podIs(created, 'Succeeded');
    const log = await core().readNamespacedPodLog({ name: created.metadata!.name!, namespace });
    expect(log).toMatch(/^good day\ngood day/);
    expect(log).not.toContain('serviceaccount');
    await remove(created);
    await podIsGone(created);
  });

  test('a pod that no worker may keep fails with the reason, and never reaches the machine', async () => {
    const pod = await create(
      podFor(agent, 'true', { volumes: [{ name: 'root', hostPath: { path: '/' } }], hostPID: true }),
    );
    const failed = await podIs(pod, 'Failed');
    expect(failed.status).toMatchObject({ reason: 'UnsupportedPod', message: expect.stringContaining('processes') });
    await remove(pod);
    await podIsGone(pod);
  });

  test('the kubelet’s API answers only the API server', async () => {
    const node = await nodeIs('True');
    const port = node.status!.daemonEndpoints!.kubeletEndpoint!.Port;
    const { config } = kubernetes();
    const ask = async (options: object) =>
      new Promise<number | string>((resolve) => {
        get(`https://127.0.0.1:${port}/containerLogs/a/b/c`, { ...options, rejectUnauthorized: false }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        }).once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      });
    // Without a certificate TLS ends; an administrator's is of the same authority and still not the API server's.
    expect(typeof (await ask({}))).toBe('string');
    const options = {};
    await config.applyToHTTPSOptions(options);
    expect(await ask({ ...options, agent: undefined })).toBe(403);
  });

  test('kill -9 of the agent leaves the container running, and the next process takes it up again', async () => {
    const pod = await create(podFor(agent, 'sleep 300', { restartPolicy: 'Always' }));
    await podIs(pod, 'Running');
    const before = agent.containers();
    await agent.kill('SIGKILL');
    expect(agent.containers()).toEqual(before);
    await agent.start(dial.two);
    // The Node moves to the bridge that the agent dialled.
    await nodeIs('True', 'two');
    // The Node is Ready a moment before the bridge has heard of every pod.
    const shell = await until('a shell', () => exec(pod, ['echo', 'still here']).catch(() => undefined));
    expect(shell.output).toBe('still here\n');
    expect(agent.containers()).toEqual(before);
    const { status } = await core().readNamespacedPod({ name: pod.metadata!.name!, namespace });
    expect(status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, containerID: `muster://${before[0]}` });
    await remove(pod);
    await podIsGone(pod);
  });

  test('an agent that stays away makes its Node NotReady; its deleted pods go, and so do their containers when it is back', async () => {
    const pod = await create(podFor(agent, 'sleep 300'));
    await podIs(pod, 'Running');
    await agent.kill('SIGKILL');
    await remove(pod);
    const node = await nodeIs('False');
    expect(node.status?.conditions?.find(({ type }) => type === 'Ready')?.reason).toBe('AgentGone');
    await podIsGone(pod);
    expect(agent.containers()).toHaveLength(1);
    expect(two.told.map(({ type }) => type)).toContain('worker.disconnected');
    await agent.start(dial.two);
    await nodeIs('True');
    await until('the orphan is removed', async () => agent.containers().length === 0);
  });
});

describe('a hostile agent', () => {
  async function connect() {
    const impostor = new TestAgent();
    const socket = new WebSocket(`${await one.admit(impostor.workerId)}/private/v1/agent/connect`);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const closed = new Promise<number>((resolve) => socket.once('close', resolve));
    return { socket, closed, impostor };
  }
  const hello = {
    type: 'hello',
    protocol: 1,
    facts: {
      agentVersion: '0',
      hostname: 'h',
      os: 'o',
      kernel: 'k',
      architecture: 'x86_64',
      cpuModel: 'c',
      cpuCores: 1,
      memoryBytes: 1,
      diskBytes: 1,
      diskFreeBytes: 1,
      gpus: [],
      engine: { name: 'podman', version: '1', cgroups: 'v2' },
    },
  };

  test.each([
    ['garbage', ['not json']],
    ['a frame that is none', ['{"type":"pod.apply"}']],
    ['no hello', ['{"type":"draining"}']],
    ['two hellos', [JSON.stringify(hello), JSON.stringify(hello)]],
    ['a binary frame without a header', [Buffer.from([1, 2])]],
    ['a flood', Array.from({ length: 20_000 }, () => JSON.stringify({ type: 'stream.credit', stream: 1, bytes: 1 }))],
    ['a frame that is too large', [Buffer.alloc(8 * 1024 * 1024)]],
  ])('%s ends its connection', async (_, frames) => {
    const { socket, closed, impostor } = await connect();
    socket.on('error', () => {});
    for (const frame of frames as (string | Buffer)[]) socket.send(frame, () => {});
    expect([1006, 1008, 1009]).toContain(await closed);
    await impostor.end();
  });

  test('it cannot speak for a pod of another worker', async () => {
    const pod = await create(podFor(agent, 'sleep 300'));
    await podIs(pod, 'Running');
    const { socket, impostor } = await connect();
    socket.send(JSON.stringify(hello));
    await new Promise((resolve) => socket.once('message', resolve));
    const uid = pod.metadata!.uid!;
    const status = {
      uid,
      phase: 'Failed',
      startedAt: new Date().toISOString(),
      restartCount: 0,
      state: { kind: 'terminated', exitCode: 1, reason: 'Error' },
    };
    socket.send(JSON.stringify({ type: 'pod.status', status }));
    socket.send(JSON.stringify({ type: 'pod.gone', uid }));
    const usage = [{ uid, cpuSeconds: 1e9, memoryBytes: 1, receivedBytes: null, sentBytes: null, gpus: [] }];
    const heartbeat = { type: 'heartbeat', pods: 0, load: 0, memoryFreeBytes: 0, diskFreeBytes: 0, usage };
    socket.send(JSON.stringify(heartbeat));
    await sleep(1_000);
    expect(one.used.get(impostor.nodeName)?.pods).toEqual([]);
    expect((await core().readNamespacedPod({ name: pod.metadata!.name!, namespace })).status?.phase).toBe('Running');
    socket.terminate();
    await remove(pod);
    await podIsGone(pod);
    await impostor.end();
  });
});

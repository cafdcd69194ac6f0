import { describe, expect, test } from '@jest/globals';
import type { V1Node, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import type { Intent } from './intent.ts';
import { labels, leasePodName, taskPodName } from './names.ts';
import { type Holding, observeLeases, observeTask } from './observe.ts';

const lease = {
  id: 'lea_1',
  rank: 0,
  workerId: 'wrk_1',
  nodeName: 'node',
  devices: 1,
  resourceName: 'nvidia.com/gpu',
  cpuMillis: 1_000,
  memoryMb: 1_000,
};
const program = { image: 'image', command: [], args: [], env: {} };
const task = { id: 'tsk_1', attempt: 2, started: true, program, leaseIds: ['lea_1'] };
const intent: Intent = {
  clusterId: 'clu_1',
  poolId: 'pool_1',
  organizationId: 'org_1',
  version: 3,
  ending: false,
  program,
  leases: [lease],
  tasks: [task],
};

const nodeThatIs = (ready: boolean): V1Node => ({
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }] },
});
const podNamed = (name: string, status: V1PodStatus, leaseId = 'lea_1'): V1Pod => ({
  metadata: { name, labels: { [labels.lease]: leaseId } },
  spec: { containers: [], nodeName: 'node' },
  status,
});
const holding = (change: Partial<Omit<Holding, 'pods'>> = {}, ...pods: V1Pod[]): Holding => ({
  namespaceActive: true,
  pods: new Map(pods.map((pod) => [pod.metadata!.name!, pod])),
  node: () => nodeThatIs(true),
  refused: new Map(),
  vanished: new Set(),
  ...change,
});
const waiting = (reason: string, message = ''): V1PodStatus => ({
  phase: 'Pending',
  containerStatuses: [
    { name: 'main', image: 'i', imageID: '', ready: false, restartCount: 0, state: { waiting: { reason, message } } },
  ],
});
const ended = (exitCode: number, reason: string): V1PodStatus => ({
  phase: 'Failed',
  containerStatuses: [
    {
      name: 'main',
      image: 'i',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, reason } },
    },
  ],
});

describe('what is reported of a lease', () => {
  const phaseOf = (held: Holding, of = intent) => observeLeases(of, held)[0]!;
  const name = leasePodName('lea_1');

  test('a worker counts as ready when it serves the customer, and not a moment earlier', () => {
    expect(phaseOf(holding())).toMatchObject({ phase: 'pending', reason: 'waits for its pod' });
    expect(phaseOf(holding({}, podNamed(name, waiting('ContainerCreating'))))).toMatchObject({
      phase: 'pending',
      reason: 'pulls the image',
    });
    expect(phaseOf(holding({}, podNamed(name, { phase: 'Running' })))).toMatchObject({ phase: 'ready' });
    expect(phaseOf(holding({ namespaceActive: false }), { ...intent, program: undefined }).phase).toBe('pending');
    expect(phaseOf(holding(), { ...intent, program: undefined }).phase).toBe('ready');
  });

  test('a worker whose node is gone or silent, or whose pod was evicted, is lost', () => {
    const running = podNamed(name, { phase: 'Running' });
    expect(phaseOf(holding({ node: () => undefined }, running)).phase).toBe('lost');
    expect(phaseOf(holding({ node: () => nodeThatIs(false) }, running)).phase).toBe('lost');
    expect(phaseOf(holding({}, podNamed(name, { phase: 'Failed', reason: 'Evicted' })))).toMatchObject({
      phase: 'lost',
      reason: 'its pod failed: Evicted',
    });
  });

  test('a lease of the past is listed for as long as the pool holds a pod of it', () => {
    const past = podNamed('lea-0', { phase: 'Running' }, 'lea_0');
    expect(observeLeases(intent, holding({}, past)).map(({ leaseId }) => leaseId)).toEqual(['lea_1', 'lea_0']);
  });
});

describe('what is reported of a task', () => {
  const name = taskPodName('tsk_1', 2, 0);
  const rank = (held: Holding) => observeTask(task, held).ranks[0];

  test('an exit is the user’s, an eviction or a lost node the platform’s: only the first is charged', () => {
    expect(rank(holding({}, podNamed(name, ended(3, 'Error'))))).toMatchObject({ exitCode: 3, fault: 'user' });
    expect(rank(holding({}, podNamed(name, ended(137, 'OOMKilled'))))).toMatchObject({
      reason: 'OOMKilled',
      fault: 'user',
    });
    expect(rank(holding({}, podNamed(name, { phase: 'Failed', reason: 'Evicted' })))).toMatchObject({
      phase: 'failed',
      fault: 'platform',
    });
    const silent = holding({ node: () => nodeThatIs(false) }, podNamed(name, { phase: 'Running' }));
    expect(rank(silent)).toMatchObject({ phase: 'failed', fault: 'platform', reason: 'NodeLost' });
    expect(rank(holding({ vanished: new Set([name]) }))).toMatchObject({ phase: 'gone', fault: 'platform' });
  });

  test('an image that does not exist fails at once; a registry that is away is waited for', () => {
    const missing = waiting('ErrImagePull', 'manifest unknown');
    expect(rank(holding({}, podNamed(name, missing)))).toMatchObject({ phase: 'failed', fault: 'user' });
    const away = waiting('ErrImagePull', 'dial tcp: i/o timeout');
    expect(rank(holding({}, podNamed(name, away)))).toMatchObject({ phase: 'pending' });
  });
});

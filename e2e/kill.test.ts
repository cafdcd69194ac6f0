/**
 * Any process may be killed at any line, and any engine restarted (invariant 4): in the middle of a creation, of a running
 * task and of a termination. The cluster still reaches its right state, no device is leased twice, no money is lost, and
 * nothing is left in Kubernetes.
 */
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from '@jest/globals';
import { answer, type Schemas } from '@muster/contract/client';
import {
  findProcess,
  isAlive,
  restartService,
  startAgent,
  startControlPlane,
  startEngines,
  stopProcess,
} from '@muster/local';
import {
  brokenInvariants,
  type Cluster,
  clientOf,
  demoImage,
  endClusters,
  ownModel,
  stack,
  until,
} from './platform.ts';

const customer = clientOf('customer');

/** Each with the way to end it without warning, or to restart it, and to have it back. */
const victims: [name: string, strike: () => Promise<unknown>][] = [
  ...['gateway', 'api-public', 'api-private', 'api-internal', 'backend', 'orchestrator', 'node-bridge'].map(
    (name): [string, () => Promise<unknown>] => [
      name,
      async () => {
        await kill(name);
        await restartService(stack, name);
      },
    ],
  ),
  ...[1, 2].map((number): [string, () => Promise<unknown>] => [
    `agent-${number}`,
    async () => {
      await kill(`agent-${number}`);
      startAgent(stack, number);
    },
  ]),
  ...(['rabbitmq', 'redis', 'postgres'] as const).map((name): [string, () => Promise<unknown>] => [
    name,
    async () => {
      await stopProcess(stack, name);
      await startEngines(stack, [name]);
    },
  ]),
  [
    'kube-apiserver',
    async () => {
      await stopProcess(stack, 'kube-apiserver');
      await startControlPlane(stack);
    },
  ],
];

/** `kill -9`, and waits until the kernel has taken it away: what is still dying would be taken for running. */
async function kill(name: string): Promise<void> {
  const record = findProcess(stack, name);
  if (!record || !isAlive(record)) throw new Error(`${name} does not run.`);
  process.kill(record.pid, 'SIGKILL');
  await until(`the end of ${name}`, async () => !isAlive(record));
}

/** Asks again as a careful client does: the same idempotency key, until there is an answer that is not a fault. */
function insist<T>(what: string, ask: () => Promise<T>): Promise<T> {
  return until(what, ask, 120);
}

const read = (clusterId: string): Promise<Cluster> =>
  answer(customer.public.GET('/clusters/{clusterId}', { params: { path: { clusterId } } }));

async function create(modelId: string, key: string): Promise<Cluster> {
  const body = {
    request: {
      kind: 'container' as const,
      processor: { modelIds: [modelId], devicesPerWorker: 1 },
      workers: 2,
      simulated: false,
    },
  };
  return insist('the creation', () =>
    answer(customer.public.POST('/clusters', { body, headers: { 'Idempotency-Key': key } })),
  );
}

async function runTask(clusterId: string, key: string): Promise<Schemas['Task']> {
  const command = ['sh', '-c', 'for i in 1 2 3 4 5 6; do echo $i; sleep 1; done'];
  const body = { image: demoImage, command, ranks: 2, maxAttempts: 3 };
  const params = { path: { clusterId } };
  return insist('the task', () =>
    answer(customer.public.POST('/clusters/{clusterId}/tasks', { params, body, headers: { 'Idempotency-Key': key } })),
  );
}

afterEach(() => endClusters('customer'), 120_000);

describe.each(victims)('when %s is killed or restarted', (_, strike) => {
  test('a creation, a running task and a termination still end as they should', async () => {
    const { modelId } = await until('two free workers', async () => {
      const offer = await ownModel();
      return offer && (await freeWorkers(offer.modelId)) >= 2 && offer;
    });

    const [created] = await Promise.all([create(modelId, randomUUID()), strike()]);
    await until('the cluster to run', async () => (await read(created.id)).state === 'running', 150);

    const task = await runTask(created.id, randomUUID());
    const readTask = () => answer(customer.public.GET('/tasks/{taskId}', { params: { path: { taskId: task.id } } }));
    await until('the task to run', async () => ['running', 'succeeded'].includes((await readTask()).state), 90);
    await strike();
    const ended = await until(
      'the task to end',
      async () => {
        const now = await readTask();
        return now.endedAt !== null && now;
      },
      150,
    );
    expect(ended).toMatchObject({ state: 'succeeded', fault: null });

    const terminate = () =>
      answer(
        customer.public.POST('/clusters/{clusterId}/terminate', {
          params: { path: { clusterId: created.id } },
          body: { reason: 'the test is over' },
        }),
      );
    await Promise.all([
      insist('the termination', async () => {
        const now = await read(created.id);
        return ['terminating', 'terminated'].includes(now.state) ? now : terminate();
      }),
      strike(),
    ]);
    const over = await until(
      'the cluster to have ended',
      async () => {
        const now = await read(created.id);
        return now.endedAt !== null && now;
      },
      150,
    );
    expect(over.state).toBe('terminated');
    await until('every invariant to hold', async () => (await brokenInvariants()).length === 0, 90);
    expect(await brokenInvariants()).toEqual([]);
  }, 600_000);
});

async function freeWorkers(modelId: string): Promise<number> {
  const { items } = await answer(customer.public.GET('/offers', { params: { query: { modelId: [modelId] } } }));
  return items.reduce((sum, { workers }) => sum + workers, 0);
}

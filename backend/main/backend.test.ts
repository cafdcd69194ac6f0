import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Broker, type Consumer, exchanges, type Relay, startRelay } from '@muster/broker';
import { connectTestBroker, deleteQueue, until } from '@muster/broker/testing';
import { createCluster, defaultPolicy } from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { type Actor, createLogger, createMetrics, hourMs } from '@muster/common';
import { createRedis, sql } from '@muster/db';
import { usageOf } from '@muster/metering';
import { getTask, runTask } from '@muster/tasks';
import { startConsumers } from './consumers.ts';
import { runSchedulers } from './schedulers.ts';

const mark = `test-${randomBytes(6).toString('hex')}`;
const reports = { name: `reports.${mark}`, exchange: exchanges.reports, routingKeys: [mark] };
const log = createLogger('test', 'silent');

let world: World;
let broker: Broker;
let actor: Actor;
let consumers: Consumer[];
let relay: Relay;

beforeAll(async () => {
  world = await World.create({ max: 30 });
  actor = await world.customer();
  broker = await connectTestBroker();
  consumers = startConsumers(world.context, broker, { reports, subscriber: mark });
  await Promise.all(consumers.map(({ ready }) => ready));
  relay = startRelay({ postgresUrl: world.database.url, broker, log });
});
afterAll(async () => {
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  await relay.stop();
  await deleteQueue(reports);
  await deleteQueue({ name: `events.${mark}`, exchange: '', routingKeys: [] });
  await broker.close();
  await world.drop();
});

/** The pool says, twice, that every worker of the cluster is ready. */
async function allReady(clusterId: string): Promise<void> {
  const { version } = await world.cluster(clusterId);
  const leases = (await world.leases(clusterId)).map(({ id }) => ({ leaseId: id, phase: 'ready' }));
  const observedAt = world.context.clock.now().toISOString();
  const body = { clusterId, version, observedAt, namespaceGone: false, leases };
  const message = { exchange: exchanges.reports, routingKey: mark, type: 'cluster.observed', body };
  await broker.publish({ id: `${clusterId} 1`, ...message }, { id: `${clusterId} 2`, ...message });
  await broker.publish({ id: `${clusterId} 1`, ...message });
}

describe('the backend', () => {
  test('a report makes a cluster run, and its running starts the task that waited for it', async () => {
    await world.supply(2);
    const { id } = await createCluster(world.context, actor, { request: world.request(2) });
    const task = await runTask(world.context, actor, id, { image: 'busybox', ranks: 2 });
    expect(task.state).toBe('queued');
    await allReady(id);
    await until(async () => (await getTask(world.context, actor, task.id)).state === 'starting');
    expect((await world.told(id)).filter((type) => type === 'running')).toHaveLength(1);
  });

  test('a worker that is down degrades its cluster; one that is back already does not', async () => {
    await world.supply(1);
    const { id } = await createCluster(world.context, actor, { request: world.request(1) });
    await allReady(id);
    await until(async () => (await world.cluster(id)).state === 'running');
    const { workerId } = (await world.leases(id))[0]!;
    const tell = (eventId: string) =>
      broker.publish({
        ...{ id: eventId, exchange: exchanges.events, routingKey: 'worker.down', type: 'worker.down' },
        body: { subjectId: workerId },
      });
    await tell(`${workerId} old`);
    await until(async () => {
      const { values } = await broker.metrics.consumed.get();
      return values.some(({ labels }) => labels.type === 'worker.down');
    });
    expect((await world.cluster(id)).state).toBe('running');
    await sql`update worker set status = 'down', connected = false where id = ${workerId}`.execute(world.context.db);
    await tell(`${workerId} new`);
    await until(async () => (await world.cluster(id)).state === 'degraded');
  });

  test('a malformed report is put aside and stops nothing', async () => {
    await broker.publish({
      ...{ id: `${mark} bad`, exchange: exchanges.reports, routingKey: mark, type: 'cluster.observed' },
      body: { clusterId: 'nonsense' },
    });
    await world.supply(1);
    const { id } = await createCluster(world.context, actor, { request: world.request(1) });
    await allReady(id);
    await until(async () => (await world.cluster(id)).state === 'running');
  });

  test('what time brings happens once, however many processes tick', async () => {
    await world.supply(1);
    const { id } = await createCluster(world.context, actor, { request: world.request(1, { time: { hours: 1 } }) });
    await allReady(id);
    await until(async () => (await world.cluster(id)).state === 'running');
    world.context.clock.advance(hourMs);
    const redis = createRedis(process.env.MUSTER_REDIS_URL!);
    const stop = new AbortController();
    const running = [1, 2, 3].map(() =>
      runSchedulers({
        context: world.context,
        redis,
        policy: defaultPolicy,
        log,
        metrics: createMetrics('test'),
        signal: stop.signal,
      }),
    );
    await until(async () => (await world.cluster(id)).state === 'terminating');
    stop.abort();
    await Promise.all(running);
    redis.disconnect();
    expect((await world.told(id)).filter((type) => type === 'terminating')).toHaveLength(1);
    const [usage] = await usageOf(world.context.db, id);
    expect(usage!.chargedMs).toBe(hourMs);
  });
});

/** For tests against a real API server: nodes that kwok plays, a database with supply on them, and a backend that hears. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { V1Pod } from '@kubernetes/client-node';
import { type Broker, connectBroker, type OutgoingMessage, startRelay } from '@muster/broker';
import { ClusterObserved, observeCluster } from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { createLogger, createMetrics, Histogram, type Logger } from '@muster/common';
import { createRedis } from '@muster/db';
import { ensureBinary } from '@muster/local';
import { observeTask, schedule, TaskObserved } from '@muster/tasks';
import { applyReport, downLabel, upLabel, type WorkerReport, workerReports } from '@muster/workers';
import { createKube, type Kube } from './kube.ts';
import { Memories } from './memory.ts';
import { labels, namespaceOf } from './names.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { reconcile } from './reconcile.ts';
import { PoolView } from './view.ts';

export function poolKubeconfig(): string {
  const path = process.env.MUSTER_KUBECONFIG;
  if (!path) throw new Error('Set MUSTER_KUBECONFIG: `. .muster/env` after `./muster up --engines-only`.');
  return readFileSync(path, 'utf8');
}

/** Waits until `check` answers something true; the deadline only bounds a failing test. */
export async function until<T>(check: () => T | Promise<T>, deadlineMs = 30_000): Promise<NonNullable<T>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await check();
    if (answer) return answer;
    if (performance.now() > end) throw new Error(`never: ${check}`);
    await delay(20);
  }
}

const label = 'muster.io/test';
const kwokConfig = fileURLToPath(new URL('../local/kubernetes/kwok.yaml', import.meta.url));

/** A pool of its own on the shared API server: other tests see nothing of it. */
export class TestPool {
  readonly id: string;
  readonly kube: Kube;
  readonly world: World;
  readonly broker: Broker;
  readonly log: Logger;
  /** Every report that was sent. */
  readonly reports: OutgoingMessage[] = [];
  #kwok: ChildProcess;
  #relay: { stop(): Promise<void> };
  #redis = createRedis(process.env.MUSTER_REDIS_URL!);
  #pools: Pool[] = [];
  #mark = `t${randomBytes(5).toString('hex')}`;
  #hearing: Promise<void> = Promise.resolve();

  static async create(): Promise<TestPool> {
    const world = await World.create();
    const kube = await createKube(poolKubeconfig());
    const log = createLogger('test', 'silent');
    const metrics = createMetrics('test');
    const broker = await connectBroker({ url: process.env.MUSTER_RABBITMQ_URL!, name: 'test', log, metrics });
    const id = world.context.ids.next('pool');
    await world.context.db
      .insertInto('pool')
      .values({
        id,
        organization_id: 'org_operator',
        name: id,
        region: 'europe',
        country: 'DE',
        kind: 'attached',
        kubeconfig_encrypted: Buffer.alloc(0),
        created_at: world.context.clock.now(),
      })
      .execute();
    return new TestPool(id, kube, world, broker, log, await ensureBinary('kwok'));
  }

  private constructor(id: string, kube: Kube, world: World, broker: Broker, log: Logger, kwok: string) {
    this.id = id;
    this.kube = kube;
    this.world = world;
    this.broker = broker;
    this.log = log;
    this.#relay = startRelay({ postgresUrl: world.database.url, broker, log });
    const args = [
      `--kubeconfig=${process.env.MUSTER_KUBECONFIG}`,
      `--config=${kwokConfig}`,
      `--manage-nodes-with-label-selector=${label}=${this.#mark}`,
    ];
    this.#kwok = spawn(kwok, args, { stdio: 'ignore' });
  }

  /** Nodes with devices, and idle workers on them. @returns the nodes' names */
  async supply(count: number, devices = 1): Promise<string[]> {
    const names = Array.from({ length: count }, () => `${this.#mark}-${randomBytes(4).toString('hex')}`);
    await Promise.all(names.map((name) => this.#createNode(name, devices)));
    for (const name of names) {
      await this.world.supply(1, {
        pool_id: this.id,
        node_name: name,
        origin: 'attached',
        device_count: devices,
      });
    }
    return names;
  }

  async #createNode(name: string, devices: number): Promise<void> {
    const capacity = {
      cpu: '64',
      memory: '256Gi',
      'ephemeral-storage': '1Ti',
      pods: '110',
      'nvidia.com/gpu': String(devices),
    };
    await this.kube.request('POST', '/api/v1/nodes', {
      body: {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: {
          name,
          labels: {
            [label]: this.#mark,
            'kubernetes.io/hostname': name,
            'nvidia.com/gpu.product': 'NVIDIA-L4',
            'nvidia.com/gpu.memory': '23034',
            'nvidia.com/cuda.runtime-version.full': '12.4',
            [downLabel]: '1000',
            [upLabel]: '1000',
          },
          annotations: { 'kwok.x-k8s.io/node': 'fake' },
        },
        status: { capacity, allocatable: capacity },
      },
    });
  }

  async removeNode(name: string): Promise<void> {
    await this.kube.request('DELETE', `/api/v1/nodes/${name}`);
  }

  /** An orchestrator of this pool. */
  async orchestrate(change: Partial<PoolOptions> = {}): Promise<Pool> {
    const pool = await Pool.start({
      poolId: this.id,
      kubeconfig: poolKubeconfig(),
      context: this.world.context,
      broker: { ...this.broker, publish: (...messages) => this.#hear(messages) },
      redis: this.#redis,
      log: this.log,
      identity: randomBytes(6).toString('hex'),
      resyncMs: 600_000,
      reconcileSeconds: new Histogram({ name: 'test', help: 'test', labelNames: ['outcome'], registers: [] }),
      ...change,
    });
    this.#pools.push(pool);
    return pool;
  }

  /** What the backend does with reports, in this process and one at a time. */
  #hear(messages: OutgoingMessage[]): Promise<void> {
    this.reports.push(...messages);
    this.#hearing = this.#hearing.then(async () => {
      for (const { type, body } of messages) await this.#apply(type, body);
    });
    return this.#hearing;
  }

  async #apply(type: string, body: unknown): Promise<void> {
    const { context } = this.world;
    context.clock.advance(1);
    await context.db.transaction().execute(async (trx) => {
      if (type === 'cluster.observed') await observeCluster(trx, context, ClusterObserved.parse(body));
      else if (type === 'task.observed') await observeTask(trx, context, TaskObserved.parse(body));
      else {
        const known = type as keyof typeof workerReports;
        const report = { type: known, body: workerReports[known].parse(body) } as WorkerReport;
        await applyReport(trx, context, report);
      }
    });
    if (type === 'cluster.observed') await schedule(context, (body as { clusterId: string }).clusterId);
  }

  /** Reconciles as a process does that remembers nothing. */
  async reconcileAfresh(clusterId: string): Promise<void> {
    const quiet = { onPod: () => {}, onNode: () => {}, onNamespace: () => {} };
    const view = new PoolView({ kube: this.kube, poolId: this.id, log: this.log, on: quiet });
    await view.start();
    const { db } = this.world.context;
    const memories = new Memories();
    const archive = async () => {};
    await reconcile({ poolId: this.id, db, kube: this.kube, view, memories, archive }, clusterId);
    await view.stop();
  }

  /** What the API server has of a cluster. */
  async pods(clusterId: string): Promise<V1Pod[]> {
    const { items } = await this.kube.request<{ items: V1Pod[] }>(
      'GET',
      `/api/v1/namespaces/${namespaceOf(clusterId)}/pods`,
    );
    return items;
  }

  async destroy(): Promise<void> {
    for (const pool of this.#pools) await pool.stop();
    await this.#relay.stop();
    const { items } = await this.kube.request<{ items: { metadata: { name: string } }[] }>(
      'GET',
      '/api/v1/namespaces',
      {
        query: { labelSelector: `${labels.pool}=${this.id}` },
      },
    );
    for (const { metadata } of items) await this.kube.request('DELETE', `/api/v1/namespaces/${metadata.name}`);
    await until(async () => {
      const left = await this.kube.request<{ items: unknown[] }>('GET', '/api/v1/namespaces', {
        query: { labelSelector: `${labels.pool}=${this.id}` },
      });
      return left.items.length === 0;
    });
    await this.kube.request('DELETE', '/api/v1/nodes', { query: { labelSelector: `${label}=${this.#mark}` } });
    this.#kwok.kill();
    await once(this.#kwok, 'exit');
    this.#redis.disconnect();
    await this.broker.close();
    this.kube.close();
    await this.world.drop();
  }
}

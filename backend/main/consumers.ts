/** What the backend consumes: reports of pools and bridges, and its own events, which move other domains on. */
import {
  type Broker,
  type Consumer,
  consume,
  eventsQueue,
  type Handler,
  idempotent,
  inTransaction,
  reportsQueue,
} from '@muster/broker';
import { ClusterObserved, observeCluster, workerLost } from '@muster/clusters';
import { observeTask, schedule, TaskObserved } from '@muster/tasks';
import {
  applyReport,
  candidates,
  type WorkerReport,
  type WorkerReportType,
  type WorkersContext,
  workerReports,
} from '@muster/workers';
import { z } from 'zod';

/** Events after which a cluster's tasks may have to be started, started again or cancelled. */
const movesTasks = [
  'cluster.provisioning',
  'cluster.running',
  'cluster.joined',
  'cluster.degraded',
  'cluster.worker_lost',
  'cluster.repaired',
  'cluster.scaled',
  'cluster.terminating',
];

/** Events after which a worker may serve its cluster no more; each with what its customer is told. */
const losesWorkers: Record<string, { reason: string; outcome: 'failed' | 'evicted' }> = {
  'worker.down': { reason: 'it does not answer', outcome: 'failed' },
  'worker.inactive': { reason: 'it does not answer', outcome: 'failed' },
  'worker.unsupported': { reason: 'its devices are not what they were', outcome: 'failed' },
  'worker.blocked': { reason: 'the operator took it out', outcome: 'evicted' },
};

const subject = z.object({ subjectId: z.string() });

/** What every backend shares; a test has its own. */
const shared = { reports: reportsQueue, subscriber: 'backend' };

/** Starts both consumers. Every handler may be called twice, late, and in any order. */
export function startConsumers(context: WorkersContext, broker: Broker, queues: typeof shared = shared): Consumer[] {
  const { db, clock } = context;
  const events = eventsQueue(queues.subscriber, [...movesTasks, ...Object.keys(losesWorkers)]);
  return [
    consume({ broker, db, clock, queue: queues.reports, handlers: reportHandlers(context) }),
    consume({ broker, db, clock, queue: events, handlers: eventHandlers(context) }),
  ];
}

function reportHandlers(context: WorkersContext): Record<string, Handler> {
  const ofWorkers = Object.entries(workerReports).map(([type, schema]) => [
    type,
    inTransaction(schema as z.ZodType, (trx, { body }) =>
      applyReport(trx, context, { type: type as WorkerReportType, body } as WorkerReport),
    ),
  ]);
  return {
    ...Object.fromEntries(ofWorkers),
    'cluster.observed': inTransaction(ClusterObserved, (trx, { body }) => observeCluster(trx, context, body)),
    'task.observed': inTransaction(TaskObserved, (trx, { body }) => observeTask(trx, context, body)),
  };
}

function eventHandlers(context: WorkersContext): Record<string, Handler> {
  const tasks = idempotent(subject, ({ body }) => schedule(context, body.subjectId));
  const workers = idempotent(subject, ({ type, body }) => loseIfGone(context, body.subjectId, type));
  return Object.fromEntries([
    ...movesTasks.map((type) => [type, tasks]),
    ...Object.keys(losesWorkers).map((type) => [type, workers]),
  ]);
}

/** The event may be old: what the worker is now decides. */
async function loseIfGone(context: WorkersContext, workerId: string, type: string): Promise<void> {
  const [worker] = await candidates(context, { workerIds: [workerId] });
  if (worker && worker.status !== 'down' && worker.status !== 'blocked') return;
  const { reason, outcome } = losesWorkers[type]!;
  await workerLost(context, workerId, reason, outcome);
}

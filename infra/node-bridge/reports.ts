/** What the bridge tells the platform: heartbeats to Redis, everything else to the backend by the broker. */
import { type Broker, exchanges } from '@muster/broker';
import type { Ids, Logger } from '@muster/common';
import type { createRedis } from '@muster/db';
import { noteSummary } from '@muster/usage';
import { markSeen, type WorkerReportType } from '@muster/workers';
import { LatestQueue } from './queue.ts';

/** Reports may be lost, doubled and reordered by their contract; each says what is. */
export interface Reports {
  /** The worker was heard. */
  seen(workerId: string, at: Date): void;
  /** What the pods of a node use, in the shape of the kubelet's Summary API. */
  used(nodeName: string, summary: object): void;
  tell(type: WorkerReportType, workerId: string, body: object): void;
}

const publishedAtOnce = 8;

/** @param broker RabbitMQ; while it is away the newest report of each type and worker waits */
export function createReports(
  redis: ReturnType<typeof createRedis>,
  broker: Pick<Broker, 'publish'>,
  ids: Ids,
  log: Logger,
): Reports & { stop(): void } {
  const queue = new LatestQueue(publishedAtOnce, log);
  return {
    seen: (workerId, at) => {
      markSeen(redis, [workerId], at).catch((error) => log.warn({ err: error, workerId }, 'a heartbeat was not noted'));
    },
    used: (nodeName, summary) => {
      noteSummary(redis, nodeName, summary).catch((error) => log.warn({ err: error, nodeName }, 'usage was not noted'));
    },
    tell: (type, workerId, body) => {
      const message = {
        id: ids.next('message'),
        exchange: exchanges.reports,
        routingKey: 'reports',
        type,
        body: { workerId, ...body },
      };
      queue.put(`${type}/${workerId}`, () => broker.publish(message));
    },
    stop: () => queue.stop(),
  };
}

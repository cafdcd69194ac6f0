/** What the broker counts. */
import { Counter, Gauge, type Registry } from '@muster/common';

export type BrokerMetrics = ReturnType<typeof createBrokerMetrics>;

export function createBrokerMetrics(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `muster_broker_${name}_total`, help, labelNames, registers });
  const gauge = (name: string, help: string) => new Gauge({ name: `muster_${name}`, help, registers });
  return {
    published: counter('published', 'Messages handed to RabbitMQ', ['exchange']),
    confirmed: counter('confirmed', 'Messages that RabbitMQ has on disk', ['exchange']),
    consumed: counter('consumed', 'Messages handled', ['queue', 'type']),
    duplicates: counter('duplicates', 'Messages that the inbox had seen before', ['queue']),
    failed: counter('failed', 'Tries that failed', ['queue', 'type']),
    retried: counter('retried', 'Messages sent round for another try', ['queue']),
    deadLettered: counter('dead_lettered', 'Messages given up', ['queue']),
    outboxDepth: gauge('outbox_depth', 'Rows waiting in the outbox'),
    outboxAgeSeconds: gauge('outbox_age_seconds', 'Age of the oldest row in the outbox'),
    deadLetters: gauge('dead_letters', 'Dead letters that wait for an operator'),
  };
}

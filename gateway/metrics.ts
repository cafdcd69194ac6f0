/** What the gateway counts, by the field's usual names. */
import { Counter, Gauge, Histogram, type Registry } from '@muster/common';
import type { Redis } from 'ioredis';

export class Metrics {
  readonly duration: Histogram<'method' | 'route' | 'status'>;
  readonly rateLimited: Counter<'limit'>;
  readonly authenticationFailures: Counter<'credential'>;
  readonly upstreamErrors: Counter<'route'>;
  readonly webSockets: Gauge;

  constructor(registry: Registry, redis: Redis) {
    const registers = [registry];
    this.duration = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    });
    this.rateLimited = new Counter({
      name: 'rate_limited_total',
      help: 'Requests refused because a limit was reached.',
      labelNames: ['limit'],
      registers,
    });
    this.authenticationFailures = new Counter({
      name: 'authentication_failures_total',
      help: 'Credentials that were refused.',
      labelNames: ['credential'],
      registers,
    });
    this.upstreamErrors = new Counter({
      name: 'upstream_errors_total',
      help: 'Requests that a service behind the gateway did not answer.',
      labelNames: ['route'],
      registers,
    });
    this.webSockets = new Gauge({ name: 'websocket_connections', help: 'Open WebSockets.', registers });
    new Gauge({
      name: 'redis_up',
      help: 'Whether limits and sessions are kept in Redis now; without it the gateway is degraded.',
      registers,
      collect() {
        this.set(redis.status === 'ready' ? 1 : 0);
      },
    });
  }
}

/** Logs, metrics and trace context: one manner for every process. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { type Logger, pino } from 'pino';
import { collectDefaultMetrics, Registry } from 'prom-client';

export type { Logger } from 'pino';
export { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What ties a request's log lines together from the gateway to the pod. */
export interface Trace {
  /** W3C trace context: `00-<trace id>-<span id>-<flags>`, RFC-like format of w3.org/TR/trace-context. */
  traceparent: string;
  requestId?: string;
}

const current = new AsyncLocalStorage<Trace>();

/** Runs `work` so that every log line in it carries the trace. */
export function withTrace<T>(trace: Trace, work: () => T): T {
  return current.run(trace, work);
}

export function currentTrace(): Trace | undefined {
  return current.getStore();
}

const traceparentPattern = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The caller's trace with a new span, or a new trace when it sent none that is well formed. */
export function continueTrace(traceparent: string | undefined): string {
  const traceId =
    traceparent && traceparentPattern.test(traceparent) ? traceparent.slice(3, 35) : randomBytes(16).toString('hex');
  return `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
}

/** A JSON logger. Fields that name secrets are redacted, wherever they appear one or two levels deep. */
export function createLogger(process: string, level = 'info'): Logger {
  const secret = ['password', 'token', 'secret', 'apiKey', 'authorization', 'cookie', 'kubeconfig', 'privateKey'];
  return pino({
    name: process,
    level,
    redact: { paths: secret.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    mixin: () => {
      const trace = current.getStore();
      return trace ? { traceId: trace.traceparent.slice(3, 35), requestId: trace.requestId } : {};
    },
  });
}

/** A registry with Node's own metrics, labelled with the process's name. */
export function createMetrics(process: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  return registry;
}

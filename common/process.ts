/** The life of a process: health, readiness and metrics over HTTP, and an orderly end on SIGTERM. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLogger, createMetrics, type Logger, type Registry } from './telemetry.ts';

/** Answers whether a dependency can be used now; throws when not. */
export type Check = () => Promise<unknown>;

export interface Process {
  name: string;
  log: Logger;
  metrics: Registry;
  /** Adds a check to `/readyz`; what is `optional` is reported there, and the process is ready without it. */
  ready(name: string, check: Check, options?: { optional?: boolean }): void;
  /** Adds work for the end: run in reverse order on SIGTERM and SIGINT, 20 s at most. */
  onStop(stop: () => unknown): void;
  stop(exitCode?: number): Promise<void>;
  /** Aborted when the process is told to stop. */
  signal: AbortSignal;
  opsPort: number;
}

/** Starts the frame of a process: its logger, `/healthz`, `/readyz`, `/metrics` and the handling of signals. */
export async function startProcess(
  name: string,
  config: { MUSTER_LOG_LEVEL: string; MUSTER_OPS_PORT: number; MUSTER_OPS_HOST: string },
): Promise<Process> {
  const log = createLogger(name, config.MUSTER_LOG_LEVEL);
  const metrics = createMetrics(name);
  const checks = new Map<string, { run: Check; optional: boolean }>();
  const stops: (() => unknown)[] = [];
  const abort = new AbortController();

  const server = createServer(async (request, response) => {
    if (request.url === '/healthz') return response.end('ok\n');
    if (request.url === '/metrics') {
      response.setHeader('content-type', metrics.contentType);
      return response.end(await metrics.metrics());
    }
    if (request.url === '/readyz') {
      const results = await Promise.all(
        [...checks].map(async ([check, { run, optional }]) => ({ check, optional, error: await failure(run) })),
      );
      const ok = !abort.signal.aborted && results.every(({ error, optional }) => error === undefined || optional);
      response.writeHead(ok ? 200 : 503, { 'content-type': 'application/json' });
      return response.end(`${JSON.stringify({ ok, checks: results })}\n`);
    }
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(config.MUSTER_OPS_PORT, config.MUSTER_OPS_HOST, resolve);
  });

  let stopping: Promise<void> | undefined;
  const stop = (exitCode = 0): Promise<void> => {
    stopping ??= (async () => {
      abort.abort();
      const deadline = setTimeout(() => process.exit(exitCode || 1), 20_000);
      deadline.unref();
      for (const step of stops.reverse())
        await Promise.resolve()
          .then(step)
          .catch((error) => log.error({ err: error }, 'stop step failed'));
      server.close();
      server.closeAllConnections();
      log.info('stopped');
      process.exit(exitCode);
    })();
    return stopping;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    void stop(1);
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop(1);
  });

  const opsPort = (server.address() as AddressInfo).port;
  log.info({ opsPort }, 'started');
  return {
    name,
    log,
    metrics,
    ready: (check, run, { optional = false } = {}) => void checks.set(check, { run, optional }),
    onStop: (step) => void stops.push(step),
    stop,
    signal: abort.signal,
    opsPort,
  };
}

async function failure(run: Check): Promise<string | undefined> {
  try {
    await Promise.race([
      run(),
      new Promise((_, reject) => setTimeout(() => reject(new Error('no answer in 2 s')), 2_000).unref()),
    ]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

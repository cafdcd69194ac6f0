/** Postgres, Redis and RabbitMQ: those named in the environment win, else the stack's own are started. */
import { type Progress, silent, together } from '../progress.ts';
import { addEnvironment, type Stack } from '../stack.ts';
import { logPath } from '../supervisor.ts';
import { postgresUrl, startPostgres } from './postgres.ts';
import { rabbitmqUrl, startRabbitmq } from './rabbitmq.ts';
import { redisUrl, startRedis } from './redis.ts';

const engines = {
  postgres: { title: 'Postgres', variable: 'MUSTER_POSTGRES_URL', start: startPostgres, own: postgresUrl },
  redis: { title: 'Redis', variable: 'MUSTER_REDIS_URL', start: startRedis, own: redisUrl },
  rabbitmq: { title: 'RabbitMQ', variable: 'MUSTER_RABBITMQ_URL', start: startRabbitmq, own: rabbitmqUrl },
} as const;
export type EngineName = keyof typeof engines;
export const engineNames = Object.keys(engines) as EngineName[];

export interface EngineOptions {
  /** Starts the stack's own even where the environment names others: by default where the data is thrown away. */
  own?: boolean;
  progress?: Progress;
}

/** Starts what is asked for, all at once, and answers the addresses; they are also written to `.muster/env`. */
export async function startEngines(
  stack: Stack,
  which: readonly EngineName[] = engineNames,
  { own = !stack.durable, progress = silent }: EngineOptions = {},
): Promise<Record<string, string>> {
  const start = async (name: EngineName): Promise<[string, string]> => {
    const { title, variable, start } = engines[name];
    const log = logPath(stack, name);
    const given = own ? undefined : givenUrl(stack, name);
    const url =
      given ?? (await progress.step(title, () => start(stack), { log, describe: (url) => new URL(url).host }));
    addEnvironment(stack, { [variable]: url });
    return [variable, url];
  };
  return Object.fromEntries(await together(which.map(start)));
}

/** An address from the environment, unless it is the one that a shell read from this stack's own `.muster/env`. */
function givenUrl(stack: Stack, name: EngineName): string | undefined {
  const given = process.env[engines[name].variable];
  return given && given !== engines[name].own(stack) ? given : undefined;
}

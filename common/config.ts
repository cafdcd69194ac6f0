/** Configuration is one zod schema over the environment per process; a wrong value stops the process with a sentence. */
import { z } from 'zod';

/**
 * Reads a process's settings.
 *
 * @throws Error naming every wrong variable, never its value: it may be a secret
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: NodeJS.ProcessEnv = process.env,
): z.output<z.ZodObject<Shape>> {
  const parsed = z.object(shape).safeParse(environment);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`).join('\n');
  throw new Error(`The configuration is wrong:\n${wrong}`);
}

/** Settings that every process has. */
export const baseConfig = {
  MUSTER_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  /** Where `/healthz`, `/readyz` and `/metrics` are served; 0 takes any free port. */
  MUSTER_OPS_PORT: z.coerce.number().int().min(0).max(65535).default(0),
  MUSTER_OPS_HOST: z.string().default('127.0.0.1'),
};

export const databaseConfig = {
  MUSTER_POSTGRES_URL: z.string().min(1),
  MUSTER_POSTGRES_POOL: z.coerce.number().int().min(1).default(10),
};
export const redisConfig = { MUSTER_REDIS_URL: z.string().min(1) };
export const brokerConfig = { MUSTER_RABBITMQ_URL: z.string().min(1) };

/** A Redis of the stack's own: found or installed, and started with a random password. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findProgram, installCommand, installPackages } from '../packages.ts';
import { claimPort, knownPort } from '../ports.ts';
import { StepError } from '../progress.ts';
import { type Stack, secret, writePrivate } from '../stack.ts';
import { findProcess, isAlive, isRunning, logPath, startProcess, waitFor } from '../supervisor.ts';

export function redisUrl(stack: Stack): string {
  return `redis://:${secret(stack, 'redis')}@127.0.0.1:${knownPort(stack, 'redis')}/0`;
}

export function findRedis(): string | undefined {
  return findProgram('redis-server') ?? findProgram('valkey-server');
}

/** Starts Redis and waits until it answers. */
export async function startRedis(stack: Stack): Promise<string> {
  if (!isRunning(stack, 'redis')) {
    if (!findRedis()) await installPackages(stack, ['redis-server']);
    const program = findRedis();
    if (!program) throw new StepError('Redis is needed.', { fix: installCommand(['redis-server']) });
    const port = await claimPort(stack, 'redis');
    const data = join(stack.home, 'redis');
    mkdirSync(data, { recursive: true, mode: 0o700 });
    writePrivate(join(data, 'redis.conf'), settings(stack, port, data));
    startProcess(stack, { name: 'redis', command: program, args: [join(data, 'redis.conf')], cwd: data, port });
  }
  const record = findProcess(stack, 'redis')!;
  const answered = await waitFor(async () => !isAlive(record) || (await answers(stack)), 20_000, 100);
  if (!answered || !isAlive(record)) throw new StepError('Redis did not start.', { log: logPath(stack, 'redis') });
  return redisUrl(stack);
}

function settings(stack: Stack, port: number, data: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${secret(stack, 'redis')}`,
    `dir "${data}"`,
    `appendonly ${stack.durable ? 'yes' : 'no'}`,
    'save ""',
    '',
  ].join('\n');
}

async function answers(stack: Stack): Promise<boolean> {
  const redis = new Redis(redisUrl(stack), { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => {}); // Not there yet; the next try finds out.
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

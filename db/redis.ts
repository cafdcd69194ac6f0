/** The connection to Redis: a cache, liveness and limits. Nothing is lost when it is emptied. */
import { Redis } from 'ioredis';

/** Connects lazily and for ever again; a command fails at once while Redis is away, so that callers can degrade. */
export function createRedis(url: string, onError: (error: Error) => void = () => {}): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    commandTimeout: 2_000,
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, 2_000),
  });
  redis.on('error', onError);
  return redis;
}

/** The versions of the engines that the figures belong to. */
import { createDatabase, createRedis, sql } from '@muster/db';
import { connect } from 'amqplib';

export async function versions(urls: {
  MUSTER_POSTGRES_URL: string;
  MUSTER_REDIS_URL: string;
  MUSTER_RABBITMQ_URL: string;
}): Promise<Record<string, string>> {
  const db = createDatabase(urls.MUSTER_POSTGRES_URL, { max: 1 });
  const redis = createRedis(urls.MUSTER_REDIS_URL);
  const rabbit = await connect(urls.MUSTER_RABBITMQ_URL);
  try {
    const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
    const info = await redis.info('server');
    const properties = rabbit.connection.serverProperties as { version?: string };
    return {
      postgres: rows[0]!.server_version,
      redis: /redis_version:(\S+)/.exec(info)?.[1] ?? 'unknown',
      rabbitmq: properties.version ?? 'unknown',
    };
  } finally {
    await db.destroy();
    redis.disconnect();
    await rabbit.close();
  }
}

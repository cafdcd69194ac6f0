/** The settings of the orchestrator. */
import { identityVerifierConfig } from '@muster/api-http';
import { baseConfig, brokerConfig, databaseConfig, redisConfig } from '@muster/common';
import { secretsConfig } from '@muster/workers';
import { z } from 'zod';

export const orchestratorConfig = {
  ...baseConfig,
  ...databaseConfig,
  ...redisConfig,
  ...brokerConfig,
  ...secretsConfig,
  ...identityVerifierConfig,
  /** Where logs and shells are served to the APIs. */
  MUSTER_STREAMS_HOST: z.string().default('127.0.0.1'),
  MUSTER_STREAMS_PORT: z.coerce.number().int().min(0).max(65535),
  /** How often Postgres and the pools are compared. */
  MUSTER_RESYNC_SECONDS: z.coerce.number().min(1).default(60),
};

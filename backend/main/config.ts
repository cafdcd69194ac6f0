/** The settings of the `backend` process. */
import { defaultPolicy } from '@muster/clusters';
import { baseConfig, brokerConfig, databaseConfig, redisConfig } from '@muster/common';
import { workerRulesConfig } from '@muster/workers';
import { z } from 'zod';

const span = (standard: number) => z.coerce.number().int().min(1_000).default(standard);

export const backendConfig = {
  ...baseConfig,
  ...databaseConfig,
  ...redisConfig,
  ...brokerConfig,
  ...workerRulesConfig,
  /** A cluster that comes up and makes no progress for so long has failed. */
  MUSTER_CLUSTER_STUCK_MS: span(defaultPolicy.stuckMs),
  /** A cluster that lacks a worker for so long, and finds no replacement, has failed. */
  MUSTER_CLUSTER_REPAIR_PATIENCE_MS: span(defaultPolicy.repairPatienceMs),
  /** How long a pool that does not answer is left alone before it is told again of a cluster. */
  MUSTER_CLUSTER_NUDGE_MS: span(defaultPolicy.nudgeMs),
};

/** The settings of the public API. */

import { apiConfig } from '@muster/api-http';
import { brokerConfig, redisConfig } from '@muster/common';
import { z } from 'zod';

export const publicConfig = {
  ...apiConfig,
  ...brokerConfig,
  /** What workers use is kept there; without it everything else is served. */
  ...redisConfig,
  /** The orchestrator's streams: logs and shells. */
  MUSTER_STREAMS_URL: z.url({ protocol: /^https?$/ }),
};

/** The settings of the public API. */

import { apiConfig } from '@muster/api-http';
import { brokerConfig } from '@muster/common';
import { z } from 'zod';

export const publicConfig = {
  ...apiConfig,
  ...brokerConfig,
  /** The orchestrator's streams: logs and shells. */
  MUSTER_STREAMS_URL: z.url({ protocol: /^https?$/ }),
};

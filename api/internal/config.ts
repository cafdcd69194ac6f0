/** The settings of the internal API. */
import { apiConfig } from '@muster/api-http';
import { brokerConfig, redisConfig } from '@muster/common';
import { secretsConfig, workerRulesConfig } from '@muster/workers';
import { z } from 'zod';

export const internalConfig = {
  ...apiConfig,
  ...redisConfig,
  ...brokerConfig,
  ...secretsConfig,
  ...workerRulesConfig,
  /** The orchestrator's streams, which also tell what each pool holds. */
  MUSTER_STREAMS_URL: z.url({ protocol: /^https?$/ }),
  /** The processes whose health is shown: `gateway=http://10.0.0.1:9100, backend=http://10.0.0.2:9100`, each where it serves `/readyz`. */
  MUSTER_HEALTH_URLS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((part) => part.trim() !== ''))
    .pipe(
      z.array(
        z
          .string()
          .trim()
          .regex(/^[\w.-]+=https?:\/\/\S+$/, 'must be name=http://host:port')
          .transform((part) => {
            const [name, ...url] = part.split('=');
            return { name: name!, url: url.join('=') };
          }),
      ),
    ),
};

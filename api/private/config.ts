/** The settings of the private API. */
import { apiConfig } from '@muster/api-http';
import { authorityConfig, secretsConfig, workerRulesConfig } from '@muster/workers';
import { z } from 'zod';

export const privateConfig = {
  ...apiConfig,
  ...authorityConfig,
  ...secretsConfig,
  ...workerRulesConfig,
  /** Where agents connect, with mutual TLS: `wss://muster.example:8443/private/v1/agent/connect`. */
  MUSTER_CONNECT_URL: z.url({ protocol: /^wss?$/ }),
};

/** What an installation is told once. */
import { readFileSync } from 'node:fs';
import { baseConfig, databaseConfig } from '@muster/common';
import { secretsConfig } from '@muster/workers';
import { z } from 'zod';

const file = z.string().transform((path, context) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    context.addIssue({ code: 'custom', message: 'names a file that cannot be read' });
    return z.NEVER;
  }
});

export const installerConfig = {
  MUSTER_LOG_LEVEL: baseConfig.MUSTER_LOG_LEVEL,
  ...databaseConfig,
  /** Only a pool needs it. */
  MUSTER_SECRETS_KEY: secretsConfig.MUSTER_SECRETS_KEY.optional(),
  /** The first member of the operating organization, made when nobody has this email. */
  MUSTER_OPERATOR_EMAIL: z.email().optional(),
  MUSTER_OPERATOR_PASSWORD: z.string().min(12).optional(),
  /** The pool of community workers, made with the operator: the cluster of this kubeconfig, in this country. */
  MUSTER_COMMUNITY_KUBECONFIG_FILE: file.optional(),
  MUSTER_COMMUNITY_COUNTRY: z.string().length(2).default('DE'),
};

export type InstallerConfig = z.output<z.ZodObject<typeof installerConfig>>;

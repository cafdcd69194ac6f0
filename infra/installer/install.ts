/** What must be there before the processes start: the schema, the catalogue, an operator, and the pool of community workers. */
import { seedCatalogue } from '@muster/catalogue';
import { type Actor, isDomainError, type Logger, systemActor } from '@muster/common';
import { createOperatorOrganization } from '@muster/customers';
import { type Context, migrate } from '@muster/db';
import { attachPool } from '@muster/workers';
import type { InstallerConfig } from './config.ts';

/** Brings an installation up to date. It may run at every upgrade, and beside processes of the version before. */
export async function install(context: Context, config: InstallerConfig, log: Logger): Promise<void> {
  const applied = await migrate(context.db);
  log.info({ applied }, 'the schema is up to date');
  await seedCatalogue(context);
  const organizationId = await ensureOperator(context, config);
  if (!organizationId) return;
  log.info({ organizationId }, 'the operating organization was made');
  if (!config.MUSTER_COMMUNITY_KUBECONFIG_FILE || !config.MUSTER_SECRETS_KEY) return;
  const operator: Actor = systemActor('installer', organizationId);
  const pool = await attachPool(context, operator, config.MUSTER_SECRETS_KEY, {
    name: 'community',
    country: config.MUSTER_COMMUNITY_COUNTRY,
    kind: 'community',
    kubeconfig: config.MUSTER_COMMUNITY_KUBECONFIG_FILE,
  });
  log.info({ poolId: pool.id }, 'the pool of community workers was made: give its id to the node-bridge');
}

/** @returns the new organization's id; undefined when the operator was there, or none was asked for */
async function ensureOperator(context: Context, config: InstallerConfig): Promise<string | undefined> {
  const { MUSTER_OPERATOR_EMAIL: email, MUSTER_OPERATOR_PASSWORD: password } = config;
  if (!email || !password) return undefined;
  try {
    const input = { email, password, name: 'Operator', organizationName: 'Operations' };
    return (await createOperatorOrganization(context, input)).organization.id;
  } catch (error) {
    if (isDomainError(error, 'already_exists')) return undefined;
    throw error;
  }
}

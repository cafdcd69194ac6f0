/** What a cluster takes: workers, and the money for one hour; within the organization's quota. */
import { type Assembled, claim, leasedDevices } from '@muster/assembly';
import { holdForCluster } from '@muster/billing';
import { type Actor, DomainError } from '@muster/common';
import { deviceQuotaOf } from '@muster/customers';
import type { Context, Database, Transaction } from '@muster/db';
import { type ClusterRow, currencyOf } from './row.ts';

/**
 * Under `lockSupply`, so that nobody else leases meanwhile.
 *
 * @throws DomainError `quota_exceeded`
 */
export async function checkQuota(trx: Transaction<Database>, organizationId: string, devices: number): Promise<void> {
  const quota = await deviceQuotaOf(trx, organizationId);
  if (quota === null) return;
  const leased = await leasedDevices(trx, organizationId);
  if (leased + devices <= quota) return;
  throw new DomainError(
    'quota_exceeded',
    `Your organization may lease ${quota} devices at once; it leases ${leased}, and ${devices} more are asked for.`,
    { fix: 'Terminate a cluster, or ask an operator for a larger quota.', details: { quota, leased, asked: devices } },
  );
}

/** Under the lock of supply: the workers and the money for a cluster whose row is written. */
export async function occupy(
  trx: Transaction<Database>,
  context: Context,
  actor: Pick<Actor, 'id'>,
  row: ClusterRow,
  { workers, priceMicroUsdPerHour }: Assembled,
): Promise<void> {
  const of = { clusterId: row.id, organizationId: row.organization_id, currency: currencyOf(row) };
  const ranks = workers.map((_, rank) => rank);
  await claim(trx, context, workers, { ...of, devicesPerWorker: row.devices_per_worker, ranks });
  await holdForCluster(trx, context, { ...of, amount: priceMicroUsdPerHour, actorId: actor.id });
}

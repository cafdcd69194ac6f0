/** Adding workers to a cluster that stands: for scaling up and for repair. All of them, or none. */
import {
  type Assembled,
  assemble,
  claim,
  confirm,
  gatherNamed,
  type Lease,
  lockSupply,
  type SupplyRequest,
  type Survey,
  survey,
  unreleasedLeases,
} from '@muster/assembly';
import type { Context, Database, Kysely, Transaction } from '@muster/db';
import { supplyOf } from './request.ts';
import { type ClusterRow, currencyOf, requestOf } from './row.ts';

/** What is asked of workers that join a cluster: as for the others, and where the others are. */
export async function besideRequest(
  { clock }: Pick<Context, 'clock'>,
  db: Kysely<Database>,
  cluster: ClusterRow,
  workers: number,
): Promise<SupplyRequest> {
  const supply = supplyOf(requestOf(cluster));
  const staying = (await unreleasedLeases(db, cluster.id)).filter(({ letGoAt }) => letGoAt === null);
  const [neighbour] = await gatherNamed(
    { db, clock },
    staying.slice(0, 1).map(({ workerId }) => workerId),
  );
  return {
    ...supply,
    workers,
    beside: {
      poolId: cluster.pool_id!,
      site: neighbour?.site ?? null,
      networkDomain: neighbour?.networkDomain ?? null,
    },
  };
}

/** What was planned without the lock. */
export interface Proposal {
  surveyed: Survey;
  assembled: Assembled | undefined;
}

/** Plans without the lock. */
export async function proposeBeside(context: Context, request: SupplyRequest): Promise<Proposal> {
  const surveyed = await survey(context, request);
  return { surveyed, assembled: assemble(request, surveyed.candidates, surveyed.market) };
}

/** Claims the workers under the lock of supply; undefined, finally, when there are none. @param cluster the row under its lock */
export async function claimBeside(
  trx: Transaction<Database>,
  context: Context,
  cluster: ClusterRow,
  request: SupplyRequest,
  { surveyed, assembled: proposed }: Proposal,
  ranks: readonly number[],
): Promise<Lease[] | undefined> {
  await lockSupply(trx);
  const assembled = await confirm(trx, context, request, surveyed, proposed);
  if (!assembled) return undefined;
  return claim(trx, context, assembled.workers, {
    clusterId: cluster.id,
    organizationId: cluster.organization_id,
    currency: currencyOf(cluster),
    devicesPerWorker: cluster.devices_per_worker,
    ranks,
  });
}

/** What these leases cost together per hour. */
export function pricePerHour(leases: readonly Lease[]): bigint {
  return leases.reduce((sum, lease) => sum + lease.priceMicroUsdPerDeviceHour * BigInt(lease.devices), 0n);
}

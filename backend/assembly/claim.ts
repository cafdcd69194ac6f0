/** Claiming: the chosen workers become leases, all or none, however many claim at once. */
import { minuteMs } from '@muster/common';
import { type Context, type Database, lockInTransaction, sql, type Transaction } from '@muster/db';
import type { Market } from '@muster/pricing';
import { devicesOf, onLeaseHeld } from '@muster/workers';
import { type Assembled, assemble, type Choice } from './assemble.ts';
import { testOf } from './dimensions.ts';
import { gatherFree, gatherNamed, type Survey } from './gather.ts';
import { type Lease, takenSince, toLease } from './leases.ts';
import type { SupplyRequest } from './request.ts';

/** The platform's part of every charge, in hundredths of a percent: 2 % (product.md). */
export const platformFeeBasisPoints = 200;

/**
 * One claims at a time: until the transaction ends, nobody else chooses workers. Take it before any row that another claimer may hold;
 * a cluster's own row comes first.
 */
export async function lockSupply(trx: Transaction<Database>): Promise<void> {
  await lockInTransaction(trx, 'claim');
}

/** Clocks of processes differ; whoever seems to be taken and is free is found by the last look. */
const clockSkewMs = minuteMs;

/**
 * Under `lockSupply`: the proposed workers when each is still free and will do, else another set, else undefined, which is final.
 *
 * The second look drops from the survey those that others took since, so that many who want the same do not each read all supply while
 * the others wait.
 *
 * @param proposed planned on the survey; its prices stay
 */
export async function confirm(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock'>,
  request: SupplyRequest,
  { candidates, market, at }: Survey,
  proposed: Assembled | undefined,
): Promise<Assembled | undefined> {
  const now = { db: trx, clock: context.clock };
  if (proposed && (await isStillFree(now, request, market, proposed))) return proposed;
  const taken = await takenSince(trx, new Date(at.getTime() - clockSkewMs));
  const left = candidates.filter(({ workerId }) => !taken.has(workerId));
  const second = assemble(request, left, market);
  if (second && (await isStillFree(now, request, market, second))) return second;
  return assemble(request, await gatherFree(now, request), market);
}

/** Prices were agreed when it was proposed, and are not asked again. */
async function isStillFree(
  now: Pick<Context, 'db' | 'clock'>,
  request: SupplyRequest,
  market: Market,
  { workers }: Assembled,
): Promise<boolean> {
  const test = testOf({ ...request, maxMicroUsdPerDeviceHour: null }, market);
  const found = await gatherNamed(
    now,
    workers.map(({ candidate }) => candidate.workerId),
  );
  return found.length === workers.length && found.every((candidate) => test.misses(candidate) === 0);
}

export interface ClaimFor {
  clusterId: string;
  organizationId: string;
  currency: 'USD' | 'SIM';
  devicesPerWorker: number;
  /** The cluster's rank of each worker, in their order. */
  ranks: readonly number[];
}

/**
 * Under `lockSupply`, and with the cluster's row written: makes the leases and takes the devices. The database refuses a device, and a
 * worker, that another live lease holds.
 *
 * @throws DomainError `conflict` when a worker left between `confirm` and now
 */
export async function claim(
  trx: Transaction<Database>,
  context: Context,
  workers: readonly Choice[],
  order: ClaimFor,
): Promise<Lease[]> {
  const workerIds = workers.map(({ candidate }) => candidate.workerId);
  const at = context.clock.now();
  const rows = await trx
    .insertInto('lease')
    .values(
      workers.map(({ candidate, priceMicroUsdPerDeviceHour }, index) => ({
        id: context.ids.next('lease'),
        cluster_id: order.clusterId,
        worker_id: candidate.workerId,
        organization_id: order.organizationId,
        supplier_organization_id: candidate.organizationId,
        rank: order.ranks[index]!,
        devices: order.devicesPerWorker,
        price_micro_usd_per_device_hour: priceMicroUsdPerDeviceHour,
        fee_basis_points: platformFeeBasisPoints,
        currency: order.currency,
        state: 'held' as const,
        held_at: at,
      })),
    )
    .returningAll()
    .execute();
  const leases = rows.map(toLease).sort((left, right) => left.rank - right.rank);
  const devices = await devicesOf(trx, workerIds);
  const taken = leases.flatMap((lease) =>
    devices
      .get(lease.workerId)!
      .slice(0, lease.devices)
      .map((device) => ({ leaseId: lease.id, deviceId: device.id })),
  );
  await sql`
    insert into lease_device (lease_id, device_id, during)
    select lease_id, device_id, tstzrange(${at}, null)
    from unnest(${taken.map((each) => each.leaseId)}::text[], ${taken.map((each) => each.deviceId)}::text[])
      as taken (lease_id, device_id)`.execute(trx);
  await onLeaseHeld(trx, context, workerIds);
  return leases;
}

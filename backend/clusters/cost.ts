/** What one's own cluster has cost so far. */
import { heldFor } from '@muster/billing';
import type { Actor } from '@muster/common';
import type { Context } from '@muster/db';
import { meteredOf } from '@muster/metering';
import { own } from './read.ts';
import { currencyOf } from './row.ts';

export interface ClusterCost {
  currency: 'USD' | 'SIM';
  /** The sum of its usage windows. */
  chargedMicroUsd: bigint;
  /** Set aside for it now. */
  heldMicroUsd: bigint;
  /** The end of its last usage window; null when it never ran. */
  meteredUntil: Date | null;
  /** Device-seconds that were not charged. */
  freeSeconds: number;
}

/** @throws DomainError `not_found`, also for another organization's cluster (invariant 8) */
export async function clusterCost({ db }: Context, actor: Actor, id: string): Promise<ClusterCost> {
  const cluster = await own(db, actor, id);
  const [metered, heldMicroUsd] = await Promise.all([meteredOf(db, id), heldFor(db, id)]);
  return {
    currency: currencyOf(cluster),
    chargedMicroUsd: metered.charge,
    heldMicroUsd,
    meteredUntil: metered.until,
    freeSeconds: metered.freeDeviceMs / 1_000,
  };
}

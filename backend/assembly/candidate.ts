/** A worker as the planner sees it: flat, and with numbers for what is compared, so that 100,000 are looked at in milliseconds. */
import {
  type Compliance,
  type ConnectivityTier,
  compliances,
  connectivityTierNames,
  type ServiceTier,
  serviceTiers,
} from '@muster/common';

export interface Candidate {
  workerId: string;
  /** The supplier that owns it. */
  organizationId: string;
  poolId: string;
  modelId: string;
  deviceCount: number;
  country: string;
  region: string;
  site: string | null;
  networkDomain: string | null;
  /** Index in `connectivityTierNames`, 0 the best; one past the last is below Low. */
  connectivity: number;
  /** Index in `serviceTiers`, 0 the best. */
  serviceTier: number;
  /** A bit per entry of `compliances`: those attested and not expired. */
  compliance: number;
  /** Never sold below it: micro-units per device-hour. */
  floor: number;
  simulated: boolean;
  /** `free` can be claimed now. */
  availability: 'free' | 'hired' | 'unready';
  /** When the cluster that hired it ends, in ms; null when it is not known or not hired. */
  freeAt: number | null;
}

export function complianceBits(list: readonly Compliance[]): number {
  return list.reduce((bits, each) => bits | (1 << compliances.indexOf(each)), 0);
}

export function compliancesOf(bits: number): Compliance[] {
  return compliances.filter((_, index) => bits & (1 << index));
}

/** One past the last tier is below Low. */
export function connectivityIndex(tier: ConnectivityTier | null): number {
  return tier === null ? connectivityTierNames.length : connectivityTierNames.indexOf(tier);
}

export function connectivityTierAt(index: number): ConnectivityTier | null {
  return connectivityTierNames[index] ?? null;
}

export function serviceTierIndex(tier: ServiceTier): number {
  return serviceTiers.indexOf(tier);
}

export function serviceTierAt(index: number): ServiceTier {
  return serviceTiers[index]!;
}

/** What is asked of supply: the part of a cluster request that decides which workers will do. */
import type { Compliance, ConnectivityTier, ServiceTier } from '@muster/common';

export interface SupplyRequest {
  /** Slugs of the catalogue; any of them will do. */
  modelIds: string[];
  devicesPerWorker: number;
  workers: number;
  /** ISO 3166 alpha-2 countries and regions of the catalogue; with both lists empty, anywhere. */
  countries: string[];
  regions: string[];
  /** The worst connectivity that will do. */
  connectivityTier: ConnectivityTier;
  /** All workers in one data centre, or in one NVLink or network domain. */
  oneSite: boolean;
  oneNetworkDomain: boolean;
  compliance: Compliance[];
  /** The worst tier of service that will do; null is any. */
  serviceTier: ServiceTier | null;
  maxMicroUsdPerDeviceHour: bigint | null;
  /** Simulated workers only, or real ones only: they never mix (invariant 11). */
  simulated: boolean;
  /** Where the cluster is already, when workers are added to one: the others must be there too. */
  beside: Beside | null;
}

export interface Beside {
  poolId: string;
  /** Of the workers that are there, when the request asks for one site or one network domain. */
  site: string | null;
  networkDomain: string | null;
}

/** The price of an offer: what the market asks, times what was asked for beyond the plain device, never under the floor. */
import { type Compliance, type ConnectivityTier, mulDiv, type ServiceTier } from '@muster/common';

const one = 10_000;

/** In basis points. Reputation and attestation cost their suppliers something, and idle economy workers should be tried first. */
const serviceTierFactor: Record<ServiceTier, number> = { trusted: 11_500, priority: 10_000, economy: 8_500 };
const connectivityFactor: Record<ConnectivityTier, number> = { ultra: 10_800, high: 10_300, medium: one, low: one };
/** Added up, in basis points: what an attested site costs more to run. */
const complianceSurcharge: Record<Compliance, number> = {
  soc2: 300,
  hipaa: 500,
  gdpr: 200,
  iso27001: 300,
  trusted: 0,
  e2e_encryption: 200,
  clean_energy: 300,
};
/** All workers in one network domain keep others from being let singly. */
const oneNetworkDomainFactor = 10_500;

export interface Asked {
  serviceTier: ServiceTier;
  compliance: readonly Compliance[];
  connectivityTier?: ConnectivityTier | undefined;
  oneNetworkDomain?: boolean | undefined;
}

/**
 * The price of one device for one hour, in micro-units: market price × service tier × connectivity × compliance ×
 * interconnect, rounded once.
 *
 * @param marketPrice base price × utilisation curve of the model in the region
 * @param floor what the supplier wants at least
 */
export function offerPrice(marketPrice: bigint, asked: Asked, floor = 0n): bigint {
  const factors = [
    serviceTierFactor[asked.serviceTier],
    asked.connectivityTier ? connectivityFactor[asked.connectivityTier] : one,
    asked.compliance.reduce((sum, compliance) => sum + complianceSurcharge[compliance], one),
    asked.oneNetworkDomain ? oneNetworkDomainFactor : one,
  ];
  const numerator = factors.reduce((product, factor) => product * BigInt(factor), 1n);
  const price = mulDiv(marketPrice, numerator, BigInt(one) ** BigInt(factors.length));
  return price > floor ? price : floor;
}

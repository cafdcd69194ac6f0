export { type Assembled, assemble, type Choice } from './assemble.ts';
export { type Candidate, compliancesOf, connectivityTierAt, serviceTierAt } from './candidate.ts';
export { type Choices, choicesOf, type Option } from './choices.ts';
export { type ClaimFor, claim, confirm, lockSupply, platformFeeBasisPoints } from './claim.ts';
export type { Dimension } from './dimensions.ts';
export type { Exclusion, Refusal } from './explain.ts';
export { type EndsAt, gatherAll, gatherFree, gatherNamed, type Survey, survey } from './gather.ts';
export {
  activate,
  clustersWaiting,
  type Lease,
  leasedDevices,
  leasesHolding,
  leasesOfCluster,
  leasesOfWorker,
  letGo,
  noteReadiness,
  release,
  unreleasedLeases,
} from './leases.ts';
export { type Offer, type OfferFilter, offers } from './offers.ts';
export { type Plan, plan } from './plan.ts';
export type { Beside, SupplyRequest } from './request.ts';
export { claimInTurn } from './turns.ts';

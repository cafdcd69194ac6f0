export {
  type Attestation,
  attest,
  listAttestations,
  type NewAttestation,
  revokeAttestation,
} from './attestations.ts';
export {
  type Authority,
  authorityConfig,
  createAuthority,
  issueServerCertificate,
  workerCertificateDays,
} from './authority.ts';
export {
  authenticateWorker,
  createEnrolmentToken,
  type Enrolled,
  type EnrolmentToken,
  enrol,
  enrolmentSchema,
  getEnrolmentToken,
  listEnrolmentTokens,
  type Platform,
  renewCertificate,
  revokeEnrolmentToken,
} from './enrolment.ts';
export { type Facts, factsSchema } from './facts.ts';
export { countWorkers, type FleetWorker, fleet } from './fleet.ts';
export { onLeaseHeld, onLeaseReleased } from './hiring.ts';
export { markSeen, markWatching, type Sweep, seenKey, silenceMs, sweepLiveness } from './liveness.ts';
export {
  adminListWorkers,
  blockWorker,
  drainWorker,
  getWorker,
  listWorkers,
  pauseWorker,
  resumeWorker,
  setServiceTier,
  unblockWorker,
  updateWorker,
  type WorkerFilter,
  workerTimeline,
} from './manage.ts';
export {
  countryLabel,
  deviceCountOf,
  downLabel,
  isSimulated,
  type NodeSnapshot,
  nodeSchema,
  simulatedLabel,
  upLabel,
  workerLabel,
} from './node.ts';
export { applyReport } from './observe.ts';
export {
  activePools,
  adminListPools,
  attachPool,
  detachedPoolIds,
  detachPool,
  listPools,
  type NewPool,
  type Pool,
  poolKubeconfig,
} from './pools.ts';
export { isWorkerReport, type WorkerReport, type WorkerReportType, workerReports } from './reports.ts';
export {
  type Assessed,
  type Assessment,
  assess,
  productRules,
  type Rule,
  type WorkerRules,
  workerRulesConfig,
  workerRulesOf,
} from './rules.ts';
export { decryptSecret, encryptSecret, secretsConfig } from './secrets.ts';
export {
  type CandidateFilter,
  candidates,
  type FloorCount,
  floorCounts,
  nodesOf,
  placesOf,
  type SupplyCount,
  supplyCounts,
  type WorkerCandidate,
  type WorkerNode,
  workersOfPool,
} from './supply.ts';
export { type UptimeDay, workerUptime } from './uptime.ts';
export { type Device, devicesOf, type Worker, type WorkersContext } from './worker.ts';

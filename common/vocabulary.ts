/** The closed lists of the product's words, shared by the database types, the domains and the contract. */

export const clusterKinds = ['container', 'job'] as const;
export type ClusterKind = (typeof clusterKinds)[number];

export const clusterStates = [
  'requested',
  'assembling',
  'provisioning',
  'running',
  'degraded',
  'terminating',
  'terminated',
  'unfulfilled',
  'unpaid',
  'failed',
  'expired',
] as const;
export type ClusterState = (typeof clusterStates)[number];

export const leaseStates = ['held', 'active', 'released'] as const;
export type LeaseState = (typeof leaseStates)[number];
export const leaseOutcomes = ['completed', 'preempted', 'failed', 'evicted'] as const;
export type LeaseOutcome = (typeof leaseOutcomes)[number];

export const taskStates = ['queued', 'starting', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

/** Whose fault a failed task is: only the user's is charged. */
export const faults = ['user', 'platform'] as const;
export type Fault = (typeof faults)[number];

export const workerStatuses = [
  'running',
  'idle',
  'paused',
  'draining',
  'down',
  'blocked',
  'unsupported',
  'inactive',
] as const;
export type WorkerStatus = (typeof workerStatuses)[number];

/** The readiness ladder, lowest first. Counts of its steps are never added together. */
export const readinessSteps = ['registered', 'verified', 'cluster-ready', 'hired'] as const;
export type ReadinessStep = (typeof readinessSteps)[number];

/** Connectivity tiers with their least measured speeds, in Mb/s; best first. */
export const connectivityTiers = {
  ultra: { downMbps: 1600, upMbps: 1200 },
  high: { downMbps: 800, upMbps: 600 },
  medium: { downMbps: 400, upMbps: 300 },
  low: { downMbps: 100, upMbps: 10 },
} as const;
export type ConnectivityTier = keyof typeof connectivityTiers;
export const connectivityTierNames = Object.keys(connectivityTiers) as [ConnectivityTier, ...ConnectivityTier[]];

/** The best tier that measured speeds reach, or undefined below Low. */
export function connectivityTierOf(downMbps: number, upMbps: number): ConnectivityTier | undefined {
  return connectivityTierNames.find((name) => {
    const least = connectivityTiers[name];
    return downMbps >= least.downMbps && upMbps >= least.upMbps;
  });
}

/** Whether `tier` is at least as good as `required`. */
export function meetsTier(tier: ConnectivityTier, required: ConnectivityTier): boolean {
  return connectivityTierNames.indexOf(tier) <= connectivityTierNames.indexOf(required);
}

export const compliances = ['soc2', 'hipaa', 'gdpr', 'iso27001', 'trusted', 'e2e_encryption', 'clean_energy'] as const;
/** Attested by the operator with an expiry, never self-declared. */
export type Compliance = (typeof compliances)[number];

/** Tiers of service, after Render. */
export const serviceTiers = ['trusted', 'priority', 'economy'] as const;
export type ServiceTier = (typeof serviceTiers)[number];

export const workerOrigins = ['community', 'attached', 'simulated'] as const;
export type WorkerOrigin = (typeof workerOrigins)[number];

export const accountKinds = ['balance', 'hold', 'earning', 'fee', 'grant', 'deposit', 'payout'] as const;
export type AccountKind = (typeof accountKinds)[number];

export const holdStates = ['pending', 'captured', 'released'] as const;
export type HoldState = (typeof holdStates)[number];

export const subjectKinds = ['cluster', 'task', 'worker', 'pool', 'organization', 'invoice'] as const;
export type SubjectKind = (typeof subjectKinds)[number];

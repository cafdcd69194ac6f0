export { checkWindows, type Offence } from './check.ts';
export { type ActiveLease, closeMeters, closeWindows, openMeters, resumeMeters, suspendMeters } from './meters.ts';
export type { Payer, Settlement, Usage } from './settlement.ts';
export { type ClusterUsage, type Metered, meteredOf, usageByCluster } from './spending.ts';
export {
  chargedTo,
  type LeaseUsage,
  type SpendRate,
  spendRates,
  type UsageWindow,
  usageByWorker,
  usageOf,
  type WorkerUsage,
  windowsOf,
} from './usage.ts';
export { type Cost, costBetween, costOf, type Tariff } from './window.ts';

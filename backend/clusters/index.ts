export type { Cause } from './change.ts';
export { type ClusterCost, clusterCost } from './cost.ts';
export { createCluster, type NewCluster } from './create.ts';
export { type DesiredCluster, type DesiredLease, desiredCluster, liveClusterIds } from './desired.ts';
export {
  applyGrace,
  endStranded,
  enforceSpendingCaps,
  expireDue,
  failStuck,
  nudgeStuck,
  undoStuckScaling,
} from './due.ts';
export { liveJobIds, lockAround, noteActivity, nudgeCluster, selfManaged } from './inside.ts';
export { loseUnreachable, workerLost } from './lose.ts';
export {
  adminTerminateCluster,
  type ClusterChange,
  completeCluster,
  extendCluster,
  scaleCluster,
  terminateCluster,
  updateCluster,
} from './manage.ts';
export { observeCluster } from './observe.ts';
export { startPaidOrders } from './orders.ts';
export { type ClusterPolicy, defaultPolicy } from './policy.ts';
export { previewQuote, type QuotePreview } from './preview.ts';
export { forgetQuotes, getQuote, type Quote, type QuotedWorker, quote } from './quotes.ts';
export {
  adminGetCluster,
  adminListClusters,
  type ClusterFilter,
  clusterTimeline,
  countLiveClusters,
  getCluster,
  listClusterLeases,
  listClusters,
} from './read.ts';
export { repairDue } from './repair.ts';
export { ClusterObserved, type ClusterObservedMessage } from './reports.ts';
export type { ClusterRequest } from './request.ts';
export type { Cluster } from './row.ts';
export { isFinal, mayFollow } from './states.ts';

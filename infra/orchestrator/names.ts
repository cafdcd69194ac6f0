/** Names and labels of what the orchestrator makes: all derived from ids, so that making it twice makes it once. */
import { idOfKubernetesName, kubernetesName } from '@muster/common';

export const labels = {
  pool: 'muster.io/pool',
  cluster: 'muster.io/cluster',
  organization: 'muster.io/organization',
  lease: 'muster.io/lease',
  /** Of a worker in its cluster. */
  clusterRank: 'muster.io/cluster-rank',
  /** Of a pod in its task. */
  rank: 'muster.io/rank',
  task: 'muster.io/task',
  attempt: 'muster.io/attempt',
} as const;

export const namespaceOf = kubernetesName;
export const clusterIdOf = idOfKubernetesName;

/** The pod of a lease of a cluster that has an image. */
export function leasePodName(leaseId: string): string {
  return kubernetesName(leaseId);
}

/** The pod of a rank of an attempt of a task. */
export function taskPodName(taskId: string, attempt: number, rank: number): string {
  return `${kubernetesName(taskId)}-${attempt}-${rank}`;
}

/** What a pool holds of a cluster, as reports to the backend: pure, from the informers' copies. */
import type { V1ContainerStatus, V1Node, V1Pod } from '@kubernetes/client-node';
import type { ClusterObservedMessage, DesiredLease } from '@muster/clusters';
import type { TaskObservedMessage } from '@muster/tasks';
import type { IntendedTask, Intent } from './intent.ts';
import { labels, leasePodName, taskPodName } from './names.ts';

type ObservedLease = ClusterObservedMessage['leases'][number];
type ObservedRank = TaskObservedMessage['ranks'][number];

/** What is known of a cluster in the pool. */
export interface Holding {
  namespaceActive: boolean;
  /** By name. */
  pods: ReadonlyMap<string, V1Pod>;
  node(name: string): V1Node | undefined;
  /** Pods that the API server will never take as they are, with its reason. */
  refused: ReadonlyMap<string, string>;
  /** Pods of tasks that were there and are gone without having ended. */
  vanished: ReadonlySet<string>;
}

export function isReady(node: V1Node | undefined): boolean {
  return node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
}

/** The leases of the intent, and those of which a pod is still there. */
export function observeLeases(intent: Intent, holding: Holding): ObservedLease[] {
  const observed = intent.leases.map((lease) => observeLease(intent, lease, holding));
  const listed = new Set(intent.leases.map(({ id }) => id));
  for (const { metadata } of holding.pods.values()) {
    const leaseId = metadata?.labels?.[labels.lease];
    if (!leaseId || listed.has(leaseId)) continue;
    listed.add(leaseId);
    observed.push({ leaseId, phase: 'pending', reason: 'its pod is being removed' });
  }
  return observed;
}

function observeLease(intent: Intent, lease: DesiredLease, holding: Holding): ObservedLease {
  const leaseId = lease.id;
  const node = holding.node(lease.nodeName);
  if (!node) return { leaseId, phase: 'lost', reason: 'its node is gone from the pool' };
  if (!isReady(node)) return { leaseId, phase: 'lost', reason: 'its node is not ready' };
  if (!holding.namespaceActive) return { leaseId, phase: 'pending', reason: 'waits for its namespace' };
  if (!intent.program) return { leaseId, phase: 'ready' };

  const name = leasePodName(leaseId);
  const refused = holding.refused.get(name);
  if (refused) return { leaseId, phase: 'pending', reason: refused.slice(0, 500) };
  const pod = holding.pods.get(name);
  if (!pod) return { leaseId, phase: 'pending', reason: 'waits for its pod' };
  if (pod.status?.phase === 'Failed') {
    return {
      leaseId,
      phase: 'lost',
      reason: `its pod failed: ${pod.status.reason ?? pod.status.message ?? 'unknown'}`,
    };
  }
  if (pod.status?.phase === 'Running' && !pod.metadata?.deletionTimestamp) return { leaseId, phase: 'ready' };
  return { leaseId, phase: 'pending', reason: waitsFor(pod) };
}

/** The ranks of a task's attempt. */
export function observeTask(task: IntendedTask, holding: Holding): TaskObservedMessage {
  return {
    taskId: task.id,
    attempt: task.attempt,
    ranks: task.leaseIds.map((_, rank) => observeRank(rank, taskPodName(task.id, task.attempt, rank), holding)),
  };
}

function observeRank(rank: number, name: string, holding: Holding): ObservedRank {
  const refused = holding.refused.get(name);
  if (refused) return { rank, phase: 'failed', fault: 'user', reason: refused.slice(0, 500) };
  if (holding.vanished.has(name) && !holding.pods.has(name))
    return { rank, phase: 'gone', fault: 'platform', reason: 'PodGone' };
  const pod = holding.pods.get(name);
  if (!pod) return { rank, phase: 'pending' };
  const { phase, podIP, reason } = pod.status ?? {};
  const container = pod.status?.containerStatuses?.[0];
  const ended = container?.state?.terminated;
  const address = podIP ? { podIp: podIP } : {};
  switch (phase) {
    case 'Succeeded':
      return { rank, phase: 'succeeded', exitCode: ended?.exitCode ?? 0, ...address };
    case 'Failed':
      return {
        rank,
        phase: 'failed',
        ...(ended && { exitCode: ended.exitCode }),
        reason: (reason ?? ended?.reason ?? 'Failed').slice(0, 500),
        // A pod's own reason is Kubernetes' doing (Evicted, NodeLost, Shutdown); a container's is what its process did.
        fault: reason && reason !== 'DeadlineExceeded' ? 'platform' : 'user',
        ...address,
      };
    case 'Running':
      if (!isReady(holding.node(pod.spec?.nodeName ?? ''))) {
        return { rank, phase: 'failed', fault: 'platform', reason: 'NodeLost' };
      }
      return { rank, phase: 'running', ...address };
    default: {
      const hopeless = hopelessImage(container);
      if (hopeless) return { rank, phase: 'failed', fault: 'user', reason: hopeless };
      return { rank, phase: 'pending', reason: waitsFor(pod) };
    }
  }
}

/** Why an image will never be there, or undefined: a registry that is only away may come back. */
function hopelessImage(container: V1ContainerStatus | undefined): string | undefined {
  const { reason = '', message = '' } = container?.state?.waiting ?? {};
  if (reason === 'InvalidImageName' || reason === 'ErrImageNeverPull') return reason;
  if (reason !== 'ErrImagePull' && reason !== 'ImagePullBackOff') return undefined;
  const final = /not found|manifest unknown|denied|unauthorized|authentication required|no such image/i.test(message);
  return final ? `${reason}: ${message}`.slice(0, 500) : undefined;
}

function waitsFor(pod: V1Pod): string {
  const waiting = pod.status?.containerStatuses?.[0]?.state?.waiting;
  if (waiting?.reason === 'ContainerCreating') return 'pulls the image';
  if (waiting?.reason) return `${waiting.reason}: ${waiting.message ?? ''}`.slice(0, 500);
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False') return (scheduled.message ?? 'waits for the scheduler').slice(0, 500);
  return pod.metadata?.deletionTimestamp ? 'its pod is being removed' : 'starts its pod';
}

/** An agent's report of a pod as the pod's Kubernetes status. */
import type {
  V1ContainerState,
  V1ContainerStateTerminated,
  V1Pod,
  V1PodCondition,
  V1PodStatus,
} from '@kubernetes/client-node';
import type { PodStatus } from '@muster/agent';

/** Whether the pod's life is over: nothing moves it from there. */
export function isFinished(pod: V1Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The status to write. Conditions that have not changed keep the time of their last change. */
export function kubernetesStatus(pod: V1Pod, report: PodStatus, hostIp: string, now: Date): V1PodStatus {
  const [container] = pod.spec!.containers;
  const running = report.state.kind === 'running';
  const finished = report.phase === 'Succeeded' || report.phase === 'Failed';
  const readiness = finished
    ? { status: 'False', reason: report.phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
    : running
      ? { status: 'True' }
      : { status: 'False', reason: 'ContainersNotReady' };
  const condition = (type: string, value: { status: string; reason?: string }): V1PodCondition => {
    const known = pod.status?.conditions?.find((one) => one.type === type);
    const lastTransitionTime = known?.status === value.status ? known.lastTransitionTime : now;
    return { type, ...value, ...(lastTransitionTime && { lastTransitionTime }) };
  };
  return {
    phase: report.phase,
    // An empty string takes away what an earlier report set; a patch leaves alone what it does not name.
    reason: report.reason ?? '',
    message: report.message ?? '',
    hostIP: hostIp,
    hostIPs: [{ ip: hostIp }],
    ...(report.podIp && { podIP: report.podIp, podIPs: [{ ip: report.podIp }] }),
    startTime: new Date(report.startedAt),
    conditions: [
      condition('PodReadyToStartContainers', { status: report.containerId ? 'True' : 'False' }),
      condition('Initialized', { status: 'True' }),
      condition('ContainersReady', readiness),
      condition('Ready', readiness),
    ],
    containerStatuses: [
      {
        name: container!.name,
        image: container!.image ?? '',
        imageID: report.imageId ?? '',
        ...(report.containerId && { containerID: `muster://${report.containerId}` }),
        ready: running,
        started: running,
        restartCount: report.restartCount,
        state: containerState(report.state),
        lastState: report.last ? { terminated: terminated(report.last) } : {},
      },
    ],
  };
}

/** The status of a pod that never reached an agent. */
export function failedStatus(reason: string, message: string): V1PodStatus {
  return { phase: 'Failed', reason, message };
}

function containerState(state: PodStatus['state']): V1ContainerState {
  switch (state.kind) {
    case 'waiting':
      return { waiting: { reason: state.reason, ...(state.message && { message: state.message }) } };
    case 'running':
      return { running: { startedAt: new Date(state.startedAt) } };
    case 'terminated':
      return { terminated: terminated(state) };
  }
}

function terminated(end: NonNullable<PodStatus['last']>): V1ContainerStateTerminated {
  return {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.message && { message: end.message }),
    ...(end.startedAt && { startedAt: new Date(end.startedAt) }),
    ...(end.finishedAt && { finishedAt: new Date(end.finishedAt) }),
  };
}

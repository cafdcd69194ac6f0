/** What a pod's containers mean and what is to be done next: pure functions, the kubelet's rules for one container. */
import type { Container } from './engine.ts';
import type { Pod, PodStatus, Terminated } from './protocol.ts';

/** What the agent keeps of a pod on disk, so that a new process goes on where the old one was. */
export interface PodRecord {
  pod: Pod;
  acceptedAt: Date;
  /** Containers made so far. */
  attempts: number;
  /** Set when the platform deleted the pod. */
  deletion?: { graceSeconds: number };
  /** Set when the agent itself ended the pod: a deadline, a drain. */
  ended?: { reason: string; message: string };
}

/** What the running process knows besides: lost with it, and found out again. */
export interface PodMemory {
  /** Why there is no container yet. */
  waiting?: { reason: string; message?: string };
  /** The newest container could not be started. */
  startError?: { attempt: number; message: string; at: Date };
  /** Nothing is tried before. */
  retryAt?: Date;
  /** Tries in a row that failed before a container ran. */
  failures: number;
}

export type Step =
  | { kind: 'none' }
  | { kind: 'wait'; until: Date }
  | { kind: 'remove'; graceSeconds: number }
  | { kind: 'end'; reason: string; message: string }
  | { kind: 'create'; attempt: number }
  | { kind: 'start'; container: Container };

/** A container that ran this long was well: its next restart is immediate again. */
const healthyMs = 600_000;
const longestBackoffMs = 300_000;

/** Kubernetes' back-off: at once, then 10 s, 20 s, … up to 5 minutes. */
export function backoffMs(failures: number): number {
  return failures === 0 ? 0 : Math.min(10_000 * 2 ** (failures - 1), longestBackoffMs);
}

/** What to do for a pod, from what is: called again after every change, so it names one step only. */
export function nextStep(record: PodRecord, containers: Container[], memory: PodMemory, now: Date): Step {
  const { pod } = record;
  if (record.deletion) return { kind: 'remove', graceSeconds: record.deletion.graceSeconds };
  if (record.ended) return containers.length > 0 ? { kind: 'end', ...record.ended } : { kind: 'none' };

  const deadline = pod.deadlineSeconds && new Date(record.acceptedAt.getTime() + pod.deadlineSeconds * 1000);
  const current = newest(containers);
  const ending = current && endOf(current, memory);
  if (isFinal(record, current, ending)) return { kind: 'none' };
  if (deadline && now >= deadline) {
    return { kind: 'end', reason: 'DeadlineExceeded', message: `It ran for more than ${pod.deadlineSeconds} s.` };
  }
  const wait = (until: Date): Step => ({ kind: 'wait', until: deadline && deadline < until ? deadline : until });

  if (memory.retryAt && now < memory.retryAt) return wait(memory.retryAt);
  if (!current) return { kind: 'create', attempt: record.attempts };
  if (!ending) {
    if (current.state === 'created') return { kind: 'start', container: current };
    return deadline ? wait(deadline) : { kind: 'none' };
  }
  const ranMs =
    current.startedAt && current.finishedAt ? current.finishedAt.getTime() - current.startedAt.getTime() : 0;
  const restartAt = new Date(
    finishOf(current, memory).getTime() + (ranMs >= healthyMs ? 0 : backoffMs(current.attempt)),
  );
  return now >= restartAt ? { kind: 'create', attempt: current.attempt + 1 } : wait(restartAt);
}

/** What is reported of a pod. */
export function statusOf(record: PodRecord, containers: Container[], memory: PodMemory): PodStatus {
  const { pod } = record;
  const current = newest(containers);
  const before = containers.find(({ attempt }) => attempt === (current?.attempt ?? record.attempts) - 1);
  const ending = current && endOf(current, memory);
  const last = before && endOf(before, memory);
  const status = {
    uid: pod.uid,
    startedAt: record.acceptedAt.toISOString(),
    restartCount: current?.attempt ?? Math.max(0, record.attempts - 1),
    ...(current && { containerId: current.id, imageId: current.imageId }),
    ...(current?.state === 'running' && current.ip && { podIp: current.ip }),
    ...(last && { last }),
  };
  if (record.ended) {
    const { reason, message } = record.ended;
    const exit = ending ?? { exitCode: 137, reason, message };
    return { ...status, phase: 'Failed', reason, message, state: { kind: 'terminated', ...exit } };
  }
  if (current && !ending) {
    if (current.state === 'created') return { ...status, phase: 'Pending', state: creating };
    return { ...status, phase: 'Running', state: { kind: 'running', startedAt: current.startedAt!.toISOString() } };
  }
  if (isFinal(record, current, ending)) {
    const exit = ending ?? lost;
    return { ...status, phase: exit.exitCode === 0 ? 'Succeeded' : 'Failed', state: { kind: 'terminated', ...exit } };
  }
  if (current && ending) {
    if (memory.waiting) {
      return { ...status, phase: 'Running', last: ending, state: { kind: 'waiting', ...memory.waiting } };
    }
    const message = `Restarting the container, ${backoffMs(current.attempt) / 1000} s after it ended.`;
    return {
      ...status,
      phase: 'Running',
      last: ending,
      state: { kind: 'waiting', reason: 'CrashLoopBackOff', message },
    };
  }
  const waiting: PodStatus['state'] = memory.waiting ? { kind: 'waiting', ...memory.waiting } : creating;
  return { ...status, phase: 'Pending', state: waiting };
}

const creating = { kind: 'waiting', reason: 'ContainerCreating' } as const;
const lost: Terminated = {
  exitCode: 137,
  reason: 'ContainerStatusUnknown',
  message: 'The container is no longer on the worker.',
};

function newest(containers: Container[]): Container | undefined {
  return containers.toSorted((a, b) => b.attempt - a.attempt)[0];
}

/** Whether the pod's life is over, by its restart policy. */
function isFinal(record: PodRecord, current: Container | undefined, ending: Terminated | undefined): boolean {
  const { restartPolicy } = record.pod;
  if (!current) return record.attempts > 0 && restartPolicy === 'Never';
  if (!ending) return false;
  return restartPolicy === 'Never' || (restartPolicy === 'OnFailure' && ending.exitCode === 0);
}

/** How a container ended, or undefined while it has not. */
function endOf(container: Container, memory: PodMemory): Terminated | undefined {
  if (container.state !== 'exited') {
    if (memory.startError?.attempt !== container.attempt) return undefined;
    const { message, at } = memory.startError;
    return { exitCode: 128, reason: 'StartError', message, startedAt: at.toISOString(), finishedAt: at.toISOString() };
  }
  const { exitCode, oomKilled, startedAt, finishedAt } = container;
  const reason = oomKilled ? 'OOMKilled' : exitCode === 0 ? 'Completed' : 'Error';
  return {
    exitCode,
    reason,
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(finishedAt && { finishedAt: finishedAt.toISOString() }),
  };
}

function finishOf(container: Container, memory: PodMemory): Date {
  return container.finishedAt ?? memory.startError?.at ?? container.startedAt ?? new Date(0);
}

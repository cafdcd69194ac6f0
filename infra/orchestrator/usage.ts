/**
 * What a node's kubelet tells of its pods (the Summary API, `k8s.io/kubelet/pkg/apis/stats/v1alpha1`), and what the pods of
 * a lease use between two of its answers. The node may be a supplier's: nothing of an answer is believed beyond its form.
 */
import type { Measured } from '@muster/usage';
import { z } from 'zod';

const amount = z.number().min(0);
const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text).getTime());

const containerStats = z.object({
  name: z.string().max(253),
  /** Since when its counters count. */
  startTime: instant,
  cpu: z.object({ time: instant, usageCoreNanoSeconds: amount }),
  memory: z.object({ workingSetBytes: amount }).nullish(),
  /** Kubelets told of them until Kubernetes 1.25, the node-bridge does. */
  accelerators: z
    .array(z.object({ id: z.string().max(200), memoryUsed: amount.nullish(), dutyCycle: amount.max(100).nullish() }))
    .max(128)
    .nullish(),
});

const podStats = z.object({
  podRef: z.object({ namespace: z.string(), uid: z.string() }),
  startTime: instant,
  containers: z.array(containerStats).max(100),
  network: z.object({ time: instant, rxBytes: amount, txBytes: amount }).nullish().catch(null),
});
export type PodStats = z.infer<typeof podStats>;

/** A pod of another form, such as one that just starts, is left out: it must not hide the others. */
const summary = z.object({ pods: z.array(podStats.nullable().catch(null)).max(5_000).nullish() });

/** The pods of a kubelet's answer by uid. @throws ZodError when it is no summary */
export function podsOfSummary(answer: unknown): Map<string, PodStats> {
  const pods = summary.parse(answer).pods ?? [];
  return new Map(pods.flatMap((pod) => (pod ? [[pod.podRef.uid, pod] as const] : [])));
}

interface Counter {
  value: number;
  /** When it stood there, by the clock of whoever counts: kubelets tell what they measured up to fifteen seconds before. */
  at: number;
}

/** Growth per second between two readings; what went back was reset, and grew from nothing. Undefined without time between them. */
export function rateOf(now: Counter, before: Counter): number | undefined {
  const seconds = (now.at - before.at) / 1_000;
  if (seconds <= 0) return undefined;
  return (now.value >= before.value ? now.value - before.value : now.value) / seconds;
}

/** A counter that is met for the first time says what came lately only if it began lately. */
const newMs = 60_000;

/** Turns counters into rates from one answer of a node to the next. */
export class Meter {
  #before = new Map<string, Counter & { rate: number | undefined }>();
  #now = new Map<string, Counter & { rate: number | undefined }>();

  /** Forgets counters that the last answer did not have. */
  turn(): void {
    this.#before = this.#now;
    this.#now = new Map();
  }

  /** @returns what it grew by per second, or undefined when that is not known yet */
  rate(name: string, now: Counter, startedAt: number): number | undefined {
    // Another start is another counter.
    const key = `${name}@${startedAt}`;
    const known = this.#before.get(key);
    const before = known ?? (now.at - startedAt <= newMs ? { value: 0, at: startedAt } : undefined);
    const rate = before && rateOf(now, before);
    // The same reading again, as of a kubelet that measures more seldom than it is asked.
    const kept = known && rate === undefined ? known : { ...now, rate };
    this.#now.set(key, kept);
    return kept.rate;
  }
}

/** More cores than any machine has, and a worker that claims them is not believed. */
const mostCores = 4_096;

/**
 * What the pods of a lease use together; undefined while one of them has no rate yet. A lease without pods uses nothing.
 *
 * @param meter of the node, turned once before each of its answers
 */
export function measuredOf(rank: number, pods: readonly PodStats[], meter: Meter): Measured | undefined {
  const containers = pods.flatMap(({ podRef, containers }) => containers.map((each) => ({ ...each, uid: podRef.uid })));
  const cores = containers.map(({ uid, name, startTime, cpu }) =>
    meter.rate(`cpu/${uid}/${name}`, { value: cpu.usageCoreNanoSeconds / 1e9, at: cpu.time }, startTime),
  );
  const network = (direction: 'rxBytes' | 'txBytes') =>
    pods.map(({ podRef, startTime, network }) =>
      network
        ? meter.rate(`${direction}/${podRef.uid}`, { value: network[direction], at: network.time }, startTime)
        : undefined,
    );
  const [received, sent] = [sumOf(network('rxBytes')), sumOf(network('txBytes'))];
  const cpuCores = sumOf(cores);
  if (cpuCores === null) return undefined;
  const accelerators = containers.flatMap(({ accelerators }) => accelerators ?? []);
  const duty = accelerators.flatMap(({ dutyCycle }) => dutyCycle ?? []);
  const gpuMemory = accelerators.flatMap(({ memoryUsed }) => memoryUsed ?? []);
  return {
    rank,
    cpuCores: Math.min(cpuCores, mostCores),
    memoryBytes: sumOf(containers.map(({ memory }) => memory?.workingSetBytes ?? 0))!,
    gpuUtilisation: duty.length === 0 ? null : sumOf(duty)! / duty.length / 100,
    gpuMemoryBytes: gpuMemory.length === 0 ? null : sumOf(gpuMemory),
    receivedBytesPerSecond: received,
    sentBytesPerSecond: sent,
  };
}

/** Null when one of them is not known; numbers beyond what is counted exactly are cut. */
function sumOf(values: readonly (number | undefined)[]): number | null {
  let sum = 0;
  for (const value of values) {
    if (value === undefined) return null;
    sum += value;
  }
  return Math.min(sum, Number.MAX_SAFE_INTEGER);
}

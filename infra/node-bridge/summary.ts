/**
 * What a worker's pods use, in the shape of the kubelet's Summary API (`k8s.io/kubelet/pkg/apis/stats/v1alpha1`), so that
 * the orchestrator reads community workers as it reads nodes of data centres.
 */
import type { V1Pod } from '@kubernetes/client-node';
import type { Facts, PodUsage } from '@muster/agent';

/** What the bridge knows of a worker's usage. */
export interface NodeUsage {
  nodeName: string;
  gpus: Facts['gpus'];
  /** With when the container started. */
  pods: { pod: V1Pod; startedAt: string; told: PodUsage }[];
  /** When it was told. */
  at: Date;
}

/** The node's `Summary`. Of the node itself only the name: what a machine does beside our pods is its owner's business. */
export function summaryOf({ nodeName, gpus, pods, at }: NodeUsage): object {
  const time = at.toISOString();
  return { node: { nodeName }, pods: pods.map((each) => podStats(each, gpus, time)) };
}

/** `startTime` is since when the counters count: a container of the agent has a network of its own. */
function podStats(
  { pod, startedAt: startTime, told }: NodeUsage['pods'][number],
  gpus: Facts['gpus'],
  time: string,
): object {
  const { name, namespace, uid } = pod.metadata!;
  const { receivedBytes, sentBytes } = told;
  return {
    podRef: { name, namespace, uid },
    startTime,
    containers: [
      {
        name: pod.spec!.containers[0]!.name,
        startTime,
        cpu: { time, usageCoreNanoSeconds: Math.round(told.cpuSeconds * 1e9) },
        memory: { time, workingSetBytes: told.memoryBytes },
        accelerators: acceleratorsOf(told, gpus),
      },
    ],
    ...(receivedBytes !== null &&
      sentBytes !== null && { network: { time, rxBytes: receivedBytes, txBytes: sentBytes } }),
  };
}

/** As the API had them until Kubernetes 1.25, `dutyCycle` in hundredths. Only devices that the worker said it has. */
function acceleratorsOf(told: PodUsage, gpus: Facts['gpus']): object[] {
  return told.gpus.flatMap(({ uuid, utilisation, memoryBytes }) => {
    const gpu = gpus.find((each) => each.uuid === uuid);
    if (!gpu) return [];
    return [
      {
        make: 'nvidia',
        model: gpu.name,
        id: uuid,
        memoryTotal: gpu.memoryMib * 2 ** 20,
        ...(memoryBytes !== null && { memoryUsed: memoryBytes }),
        ...(utilisation !== null && { dutyCycle: Math.round(utilisation * 100) }),
      },
    ];
  });
}

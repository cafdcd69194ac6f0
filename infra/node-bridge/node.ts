/** A worker as a Kubernetes Node: pure, from what its agent told. */
import { type V1Lease, V1MicroTime, type V1Node, type V1NodeCondition } from '@kubernetes/client-node';
import type { Facts } from '@muster/agent';
import { kubernetesName } from '@muster/common';
import { workerLabel } from '@muster/workers';

export const poolLabel = 'muster.io/pool';
/** Which bridge serves the worker: written at every connect, so that the newest connection owns the Node. */
export const bridgeAnnotation = 'muster.io/bridge';
/** Keeps pods that do not know of community workers, such as a pool's DaemonSets, off them. */
const communityTaint = { key: 'muster.io/community', value: 'true', effect: 'NoSchedule' };
export const leaseNamespace = 'kube-node-lease';
const maxPods = 110;

export interface NodeInput {
  workerId: string;
  poolId: string;
  bridgeId: string;
  facts: Facts;
  /** Set when the owner asked the machine to leave. */
  draining: boolean;
}

/** Where the API server finds the kubelet's API of a node. */
export interface KubeletAddress {
  host: string;
  port: number;
}

/** The Node's intent. GPU labels are those of NVIDIA's GPU Feature Discovery. */
export function nodeOf({ workerId, poolId, bridgeId, facts, draining }: NodeInput): V1Node {
  const name = kubernetesName(workerId);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': architectureOf(facts),
        [workerLabel]: workerId,
        [poolLabel]: poolId,
        ...gpuLabels(facts),
      },
      annotations: { [bridgeAnnotation]: bridgeId },
    },
    // What is not named stays: an operator's cordon outlives a reconnect.
    spec: { taints: [communityTaint], ...(draining && { unschedulable: true }) },
  };
}

/** The Node's status while its agent is connected. */
export function nodeStatusOf(
  { workerId, facts }: Pick<NodeInput, 'workerId' | 'facts'>,
  kubelet: KubeletAddress,
  now: Date,
): V1Node {
  const name = kubernetesName(workerId);
  const capacity = capacityOf(facts);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    status: {
      capacity,
      allocatable: capacity,
      conditions: [readyCondition(true, 'AgentConnected', 'The agent is connected.', now)],
      addresses: [
        { type: 'InternalIP', address: kubelet.host },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
      nodeInfo: {
        architecture: architectureOf(facts),
        bootID: '',
        containerRuntimeVersion: `${facts.engine.name}://${facts.engine.version}`,
        kernelVersion: facts.kernel,
        kubeletVersion: `muster-agent/${facts.agentVersion}`,
        kubeProxyVersion: '',
        machineID: '',
        operatingSystem: 'linux',
        osImage: facts.os,
        systemUUID: '',
      },
    },
  };
}

/** The Ready condition as the bridge sees it. */
export function readyCondition(ready: boolean, reason: string, message: string, now: Date): V1NodeCondition {
  return {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    reason,
    message,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  };
}

/** What kubelets renew; its owner is the Node, so that it goes with it. */
export function leaseOf(node: V1Node, now: Date): V1Lease {
  const { name, uid } = node.metadata!;
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: name!,
      namespace: leaseNamespace,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: name!, uid: uid! }],
    },
    spec: { holderIdentity: name!, leaseDurationSeconds: 40, renewTime: new V1MicroTime(now) },
  };
}

function capacityOf(facts: Facts): Record<string, string> {
  return {
    cpu: String(facts.cpuCores),
    memory: `${Math.trunc(facts.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.trunc(facts.diskBytes / 1024)}Ki`,
    pods: String(maxPods),
    // Without accelerators the CPU is the one device that is hired.
    ...(facts.gpus.length > 0 ? { 'nvidia.com/gpu': String(facts.gpus.length) } : { 'muster.io/device': '1' }),
  };
}

function gpuLabels(facts: Facts): Record<string, string> {
  const [gpu] = facts.gpus;
  if (!gpu) return {};
  const [major, minor] = gpu.computeCapability?.split('.') ?? [];
  const product = [gpu.name, ...(gpu.migProfile ? ['MIG', gpu.migProfile] : [])].join(' ');
  return {
    'nvidia.com/gpu.present': 'true',
    'nvidia.com/gpu.product': labelValue(product),
    'nvidia.com/gpu.memory': String(gpu.memoryMib),
    'nvidia.com/gpu.count': String(facts.gpus.length),
    ...(major && { 'nvidia.com/gpu.compute.major': major }),
    ...(minor && { 'nvidia.com/gpu.compute.minor': minor }),
    ...(facts.cudaVersion && { 'nvidia.com/cuda.runtime-version.full': labelValue(facts.cudaVersion) }),
    'nvidia.com/cuda.driver-version.full': labelValue(gpu.driverVersion),
  };
}

/** A label takes letters, digits, `-`, `_` and `.`, at most 63, alphanumeric at both ends; hyphens stand for the rest, as in GFD. */
function labelValue(text: string): string {
  return text
    .replace(/[^\w.-]+/g, '-')
    .slice(0, 63)
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/gi, '');
}

function architectureOf({ architecture }: Facts): string {
  return { x86_64: 'amd64', aarch64: 'arm64' }[architecture] ?? architecture;
}

/** Kubernetes nodes as workers: what GPU Feature Discovery's labels and the node's capacity tell. */
import { z } from 'zod';
import type { Facts } from './facts.ts';

const pairs = z.record(z.string().max(317), z.string().max(1024));

/** A node as the orchestrator saw it. */
export const nodeSchema = z.object({
  name: z.string().min(1).max(253),
  labels: pairs,
  /** Quantities as Kubernetes writes them: `8`, `64Gi`, `1500m`. */
  allocatable: pairs,
  /** The node's Ready condition is true. */
  ready: z.boolean(),
  architecture: z.string().max(40).optional(),
  kernel: z.string().max(200).optional(),
  os: z.string().max(200).optional(),
});
export type NodeSnapshot = z.infer<typeof nodeSchema>;

/** What marks a node that the simulator made; kwok's own label counts too, so that nothing simulated looks real. */
export const simulatedLabel = 'muster.io/simulated';
/** A node that a node-bridge keeps for a community worker carries the worker's id under this label. */
export const workerLabel = 'muster.io/worker';
export const countryLabel = 'muster.io/country';
/** Measured speeds in Mb/s, written to a pool's nodes by its measuring DaemonSet. */
export const downLabel = 'muster.io/down-mbps';
export const upLabel = 'muster.io/up-mbps';

export function isSimulated(node: Pick<NodeSnapshot, 'labels'>): boolean {
  return node.labels[simulatedLabel] === 'true' || node.labels.type === 'kwok';
}

/** The extended resources under which device plugins count devices. */
const deviceResources = ['nvidia.com/gpu', 'amd.com/gpu', 'habana.ai/gaudi', 'gpu.intel.com/i915'] as const;
const productLabels = ['nvidia.com/gpu.product', 'amd.com/gpu.product-name', 'habana.ai/gaudi.product'] as const;

/** How many accelerators the node offers. */
export function deviceCountOf(node: NodeSnapshot): number {
  return deviceResources.reduce((sum, resource) => sum + Math.trunc(quantity(node.allocatable[resource])), 0);
}

/** The product name that the device plugin's labels give, such as `NVIDIA-H100-80GB-HBM3`. */
export function productOf(node: NodeSnapshot): string | undefined {
  return productLabels.map((label) => node.labels[label]).find((value) => value !== undefined);
}

/** The node as facts, so that agents and nodes are assessed by the same rules. */
export function factsOfNode(node: NodeSnapshot): Facts {
  const memoryMib = Math.trunc(Number(node.labels['nvidia.com/gpu.memory'] ?? 0)) || 0;
  const cudaVersion = cudaOf(node);
  const name = productOf(node) ?? 'unnamed device';
  return {
    hostname: node.name,
    os: node.os,
    kernel: node.kernel,
    architecture: node.architecture,
    cpuModel: node.labels['feature.node.kubernetes.io/cpu-model.id'] ?? 'unknown',
    cpuCores: Math.max(1, Math.trunc(quantity(node.allocatable.cpu))),
    memoryBytes: Math.trunc(quantity(node.allocatable.memory)),
    diskBytes: Math.trunc(quantity(node.allocatable['ephemeral-storage'])),
    gpus: Array.from({ length: Math.min(deviceCountOf(node), 128) }, (_, index) => ({ index, name, memoryMib })),
    ...(cudaVersion !== undefined && { cudaVersion }),
  };
}

function cudaOf({ labels }: NodeSnapshot): string | undefined {
  const full = labels['nvidia.com/cuda.runtime-version.full'];
  if (full !== undefined) return full;
  const major = labels['nvidia.com/cuda.runtime.major'];
  return major === undefined ? undefined : `${major}.${labels['nvidia.com/cuda.runtime.minor'] ?? '0'}`;
}

export function measuredSpeeds({ labels }: NodeSnapshot): { downMbps: number; upMbps: number } | undefined {
  const [downMbps, upMbps] = [Number(labels[downLabel]), Number(labels[upLabel])];
  return Number.isInteger(downMbps) && Number.isInteger(upMbps) ? { downMbps, upMbps } : undefined;
}

const suffixes: Record<string, number> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** A Kubernetes quantity as a number; 0 for what is absent or malformed. */
export function quantity(written: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/.exec(written ?? '');
  return match ? Number(match[1]) * (suffixes[match[2] ?? ''] ?? 1) : 0;
}

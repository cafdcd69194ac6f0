/** What a machine says of itself, whoever brings it: an agent, or the labels of a Kubernetes node. */
import { z } from 'zod';

const text = (most: number) => z.string().max(most);
const count = z.int().min(0);

const gpuSchema = z.object({
  index: count,
  uuid: text(100).optional(),
  name: text(100),
  memoryMib: count,
  driverVersion: text(40).optional(),
  computeCapability: text(10).optional(),
  /** Set on a slice: its MIG profile, such as `3g.20gb`. */
  migProfile: text(40).optional(),
});

/** Facts as an agent sends them (`infra/agent/protocol.ts`); of a node, what its labels and capacity tell. */
export const factsSchema = z.object({
  agentVersion: text(40).optional(),
  hostname: text(253).min(1),
  os: text(200).optional(),
  kernel: text(200).optional(),
  architecture: text(40).optional(),
  cpuModel: text(200),
  cpuCores: count.min(1).max(4096),
  memoryBytes: count,
  diskBytes: count,
  diskFreeBytes: count.optional(),
  gpus: z.array(gpuSchema).max(128),
  cudaVersion: text(20).optional(),
  engine: z.object({ name: text(20), version: text(60), cgroups: text(20) }).optional(),
});
export type Facts = z.infer<typeof factsSchema>;

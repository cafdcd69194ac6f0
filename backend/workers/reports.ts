/** What pools and node-bridges report of workers, as messages of the exchange `muster.reports`: the joint with `infra`. */
import { idPattern } from '@muster/common';
import { z } from 'zod';
import { factsSchema } from './facts.ts';
import { nodeSchema } from './node.ts';

const workerId = z.string().regex(idPattern('worker'));
const mbps = z.number().min(0).max(10_000_000);

/** The body of each type of report. Every report may be lost, doubled or reordered: each says what is, not what changed. */
export const workerReports = {
  /** An agent said hello: what the machine is. */
  'worker.facts': z.object({ workerId, facts: factsSchema }),
  'worker.connected': z.object({ workerId }),
  /** The connection is gone. The worker is down only after 40 s of silence: the sweep decides. */
  'worker.disconnected': z.object({ workerId, reason: z.string().max(200) }),
  /** Measured by the bridge over the agent's connection. */
  'worker.bandwidth': z.object({ workerId, downMbps: mbps, upMbps: mbps }),
  /** The machine ends its pods and leaves: it is down at once. Until it connects again, it is not marked as seen. */
  'worker.leaving': z.object({ workerId }),
  /** Nodes of a pool as they are now, up to 200 of them in a message. */
  'node.observed': z.object({
    poolId: z.string().regex(idPattern('pool')),
    nodes: z.array(nodeSchema).min(1).max(200),
  }),
  'node.gone': z.object({
    poolId: z.string().regex(idPattern('pool')),
    names: z.array(z.string().max(253)).min(1).max(1000),
  }),
} as const;

export type WorkerReportType = keyof typeof workerReports;
export type WorkerReport = {
  [Type in WorkerReportType]: { type: Type; body: z.output<(typeof workerReports)[Type]> };
}[WorkerReportType];

/** Whether a report is about workers, and so for `applyReport`. */
export function isWorkerReport(type: string): type is WorkerReportType {
  return Object.hasOwn(workerReports, type);
}

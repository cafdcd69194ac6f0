/** What pools report of tasks: bodies of messages of the exchange `muster.reports`, and the joint with the orchestrator. */
import { idPattern } from '@muster/common';
import { z } from 'zod';

/** A snapshot of the pods of one attempt of a task; one of an older attempt changes nothing. */
export const TaskObserved = z.object({
  taskId: z.string().regex(idPattern('task')),
  attempt: z.int().min(1),
  ranks: z
    .array(
      z.object({
        rank: z.int().min(0),
        /** `gone`: the pod is not there any more, and how it ended is not known. */
        phase: z.enum(['pending', 'running', 'succeeded', 'failed', 'gone']),
        exitCode: z.int().optional(),
        /** Kubernetes' own reason, such as `OOMKilled`, `Evicted`, `NodeLost`, `ErrImagePull`. */
        reason: z.string().max(500).optional(),
        /** Whose fault a failed rank is; the orchestrator knows an eviction from an exit. */
        fault: z.enum(['user', 'platform']).optional(),
        podIp: z.string().max(64).optional(),
      }),
    )
    .max(2_000),
});
export type TaskObserved = z.output<typeof TaskObserved>;
/** The report as the orchestrator sends it: JSON. */
export type TaskObservedMessage = z.input<typeof TaskObserved>;

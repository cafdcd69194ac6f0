/** Tasks: one workload run inside a cluster. */
import { faults, taskStates } from '@muster/common';
import { z } from 'zod';
import { Arguments, Environment, Image, Slug } from './cluster.ts';
import { ClusterId, Instant, pageOf, TaskId } from './primitives.ts';

const ranks = z.number().int().min(1).max(1000);

export const NewTask = z
  .strictObject({
    name: Slug.optional().describe('A name of your own; made up when absent.'),
    image: Image,
    command: Arguments.optional().describe("In place of the image's entrypoint."),
    args: Arguments.optional(),
    env: Environment.optional(),
    ranks: ranks
      .default(1)
      .describe('On how many workers it runs at once, with RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT set.'),
    timeoutSeconds: z.number().int().min(1).max(2_592_000).optional(),
    maxAttempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('A fault of the platform starts it again, at most so often; a fault of its own does not.'),
  })
  .meta({ id: 'NewTask' });

export const Task = z
  .object({
    id: TaskId,
    clusterId: ClusterId,
    name: z.string(),
    image: z.string(),
    command: z.array(z.string()),
    args: z.array(z.string()),
    ranks: z.number().int(),
    state: z.enum(taskStates),
    version: z.number().int(),
    attempt: z.number().int().describe('How often it was started.'),
    maxAttempts: z.number().int(),
    clusterRanks: z
      .array(z.number().int())
      .nullable()
      .describe("The cluster's ranks that it runs on, in the order of its own."),
    exitCode: z.number().int().nullable(),
    fault: z.enum(faults).nullable().describe('Whose fault a failure is; only the user’s is charged.'),
    reason: z.string().nullable(),
    timeoutSeconds: z.number().int().nullable(),
    createdAt: Instant,
    startedAt: Instant.nullable(),
    endedAt: Instant.nullable(),
  })
  .meta({ id: 'Task' });
export const TaskPage = pageOf('TaskPage', Task);

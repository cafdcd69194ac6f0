/** What a customer asks for: the request of a cluster, and how it is kept in the database. */
import { clusterKinds, compliances, connectivityTierNames, serviceTiers } from '@muster/common';
import { z } from 'zod';

/** Money in JSON is a string of integer micro-units. */
const MicroUsd = z.codec(z.string().regex(/^-?\d+$/), z.bigint(), {
  decode: (text) => BigInt(text),
  encode: (amount) => amount.toString(),
});

/** The shape of a request, and of its row. Bounds are the contract's: what arrives here has passed it. */
export const clusterRequestSchema = z.object({
  name: z.string().optional(),
  kind: z.enum(clusterKinds),
  /** On every worker; a container cluster without one is bare capacity for tasks. */
  image: z.string().optional(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  processor: z.object({ modelIds: z.array(z.string()), devicesPerWorker: z.int() }),
  workers: z.int(),
  location: z
    .object({ countries: z.array(z.string()).optional(), regions: z.array(z.string()).optional() })
    .optional(),
  connectivity: z
    .object({
      tier: z.enum(connectivityTierNames).optional(),
      oneSite: z.boolean().optional(),
      oneNetworkDomain: z.boolean().optional(),
    })
    .optional(),
  compliance: z.array(z.enum(compliances)).optional(),
  serviceTier: z.enum(serviceTiers).optional(),
  /** Absent hours: until stopped. */
  time: z.object({ hours: z.number().optional() }).optional(),
  priceGuard: z
    .object({ maxMicroUsdPerDeviceHour: MicroUsd.optional(), spendingCapMicroUsd: MicroUsd.optional() })
    .optional(),
  autoscaling: z.object({ minWorkers: z.int(), maxWorkers: z.int() }).optional(),
  idleShutdownSeconds: z.int().optional(),
  simulated: z.boolean().optional(),
});

export type ClusterRequest = z.output<typeof clusterRequestSchema>;

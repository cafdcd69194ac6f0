/** What a customer asks for: the request of a cluster, and how it is kept in the database. */

import type { SupplyRequest } from '@muster/assembly';
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
  location: z.object({ countries: z.array(z.string()).optional(), regions: z.array(z.string()).optional() }).optional(),
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

/** As it is kept in a JSON column. */
export function encodeRequest(request: ClusterRequest): string {
  return JSON.stringify(z.encode(clusterRequestSchema, request));
}

/** The part of a request that decides which workers will do. */
export function supplyOf(request: ClusterRequest): SupplyRequest {
  return {
    modelIds: request.processor.modelIds,
    devicesPerWorker: request.processor.devicesPerWorker,
    workers: request.workers,
    countries: request.location?.countries ?? [],
    regions: request.location?.regions ?? [],
    connectivityTier: request.connectivity?.tier ?? 'low',
    oneSite: request.connectivity?.oneSite ?? false,
    oneNetworkDomain: request.connectivity?.oneNetworkDomain ?? false,
    compliance: request.compliance ?? [],
    serviceTier: request.serviceTier ?? null,
    maxMicroUsdPerDeviceHour: request.priceGuard?.maxMicroUsdPerDeviceHour ?? null,
    simulated: request.simulated ?? false,
    beside: null,
  };
}

/** The request with another supply part: how a nearest request is shown to the customer. */
export function withSupply(request: ClusterRequest, supply: SupplyRequest): ClusterRequest {
  const { countries, regions } = supply;
  return {
    ...request,
    processor: { modelIds: supply.modelIds, devicesPerWorker: supply.devicesPerWorker },
    workers: supply.workers,
    // A list that is there names something: an empty one would be no request that can be sent.
    location:
      countries.length + regions.length === 0
        ? undefined
        : { ...(countries.length > 0 && { countries }), ...(regions.length > 0 && { regions }) },
    connectivity: {
      tier: supply.connectivityTier,
      oneSite: supply.oneSite,
      oneNetworkDomain: supply.oneNetworkDomain,
    },
    compliance: supply.compliance,
    serviceTier: supply.serviceTier ?? undefined,
    priceGuard: { ...request.priceGuard, maxMicroUsdPerDeviceHour: supply.maxMicroUsdPerDeviceHour ?? undefined },
  };
}

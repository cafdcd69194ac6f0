/** What a customer asks for and gets: requests, quotes, clusters, leases. */
import {
  clusterKinds,
  clusterStates,
  compliances,
  connectivityTierNames,
  leaseOutcomes,
  leaseStates,
  serviceTiers,
} from '@muster/common';
import { z } from 'zod';
import {
  ClusterId,
  Country,
  Currency,
  Instant,
  LeaseId,
  listAnswer,
  MicroUsd,
  ModelId,
  OrganizationId,
  PoolId,
  PositiveMicroUsd,
  pageOf,
  QuoteId,
  Reason,
  Region,
  WorkerId,
} from './primitives.ts';

export const ClusterKind = z.enum(clusterKinds).meta({
  id: 'ClusterKind',
  description:
    '`container`: an image on every worker, or bare capacity for tasks. `job`: the image runs once to completion.',
});
export const ClusterState = z.enum(clusterStates).meta({ id: 'ClusterState' });
export const ConnectivityTier = z.enum(connectivityTierNames).meta({
  id: 'ConnectivityTier',
  description: 'Measured down/up in Mb/s: ultra 1600/1200, high 800/600, medium 400/300, low 100/10.',
});
export const Compliance = z
  .enum(compliances)
  .meta({ id: 'Compliance', description: 'Attested by the operator with an expiry, never self-declared.' });
export const ServiceTier = z.enum(serviceTiers).meta({ id: 'ServiceTier' });

/** A container image, with a registry, tag or digest when given. */
export const Image = z
  .string()
  .max(512)
  .regex(/^[a-z0-9][\w./:@-]*$/i, 'must be a container image, such as registry.example/team/train:1.2')
  .meta({ example: 'registry.example/team/train:1.2' });

const argument = z.string().max(16_384);
export const Arguments = z.array(argument).max(256);

const mostVariables = 256;
/** Environment variables; names that begin with `MUSTER_` are ours. */
export const Environment = z
  .record(
    z
      .string()
      .max(256)
      .regex(/^(?!MUSTER_)[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of a variable, and not begin with MUSTER_'),
    z.string().max(32_768),
  )
  .refine((variables) => Object.keys(variables).length <= mostVariables, `must have at most ${mostVariables} variables`)
  .meta({ maxProperties: mostVariables });

/** A Kubernetes-like name: lower case letters, digits, hyphens. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower case letters, digits and hyphens, at most 63')
  .meta({ example: 'my-name' });

export const workerCount = z.number().int().min(1).max(1000);
const hours = z.number().int().min(1).max(8760);
const idleSeconds = z.number().int().min(60).max(604_800);

export const Autoscaling = z
  .strictObject({ minWorkers: workerCount, maxWorkers: workerCount })
  .refine(({ minWorkers, maxWorkers }) => minWorkers <= maxWorkers, {
    path: ['maxWorkers'],
    error: 'must not be less than minWorkers',
  })
  .meta({ id: 'Autoscaling', description: 'The cluster keeps between these many workers, by its queued tasks.' });

const connectivity = z.strictObject({
  tier: ConnectivityTier.default('low'),
  oneSite: z.boolean().optional().describe('All workers in one site.'),
  oneNetworkDomain: z.boolean().optional().describe('All workers in one NVLink or network domain.'),
});

const requestShape = {
  name: Slug.optional().describe('A name of your own; made up when absent.'),
  kind: ClusterKind,
  image: Image.optional().describe('Needed for a job; a container cluster without one is bare capacity for tasks.'),
  command: Arguments.optional().describe("In place of the image's entrypoint."),
  args: Arguments.optional(),
  env: Environment.optional(),
  processor: z.strictObject({
    modelIds: z.array(ModelId).min(1).max(20).describe('Any of these hardware models.'),
    devicesPerWorker: z.number().int().min(1).max(64).default(1),
  }),
  workers: workerCount,
  location: z
    .strictObject({
      countries: z.array(Country).min(1).max(100).optional(),
      regions: z.array(Region).min(1).max(20).optional(),
    })
    .optional()
    .describe('Any of these; anywhere when absent.'),
  connectivity: connectivity.optional(),
  compliance: z.array(Compliance).max(compliances.length).optional().describe('All of these.'),
  serviceTier: ServiceTier.optional(),
  time: z.strictObject({ hours: hours.optional() }).optional().describe('How long; until stopped when absent.'),
  priceGuard: z
    .strictObject({
      maxMicroUsdPerDeviceHour: PositiveMicroUsd.optional(),
      spendingCapMicroUsd: PositiveMicroUsd.optional().describe('The cluster is stopped before it costs more.'),
    })
    .optional(),
  autoscaling: Autoscaling.optional(),
  idleShutdownSeconds: idleSeconds.optional().describe('Stop when no task has run for so long.'),
  simulated: z.boolean().default(false).describe('Only simulated workers, in currency SIM: for trying things out.'),
};

/** What a customer asks for. */
export const ClusterRequest = z
  .strictObject(requestShape)
  .refine(({ kind, image }) => kind !== 'job' || image !== undefined, {
    path: ['image'],
    error: 'is needed for a job',
  })
  .refine(({ kind, autoscaling }) => kind !== 'job' || autoscaling === undefined, {
    path: ['autoscaling'],
    error: 'is not for a job',
  })
  .refine(
    ({ workers, autoscaling }) =>
      !autoscaling || (autoscaling.minWorkers <= workers && workers <= autoscaling.maxWorkers),
    { path: ['workers'], error: 'must be between minWorkers and maxWorkers' },
  )
  .meta({ id: 'ClusterRequest' });

/** A request as it is shown again: as it was sent, but for its environment, where people keep secrets. */
const { env: _, ...requestedShape } = {
  ...requestShape,
  connectivity: connectivity.extend({ tier: ConnectivityTier.optional() }).optional(),
  simulated: z.boolean().optional(),
};
export const RequestedCluster = z.object(requestedShape).meta({ id: 'RequestedCluster' });

/** One worker of a quote, by its properties. */
export const QuotedWorker = z
  .object({
    modelId: ModelId,
    devices: z.number().int(),
    country: Country,
    region: Region,
    connectivityTier: ConnectivityTier.nullable(),
    serviceTier: ServiceTier,
    compliance: z.array(Compliance),
    priceMicroUsdPerDeviceHour: MicroUsd,
  })
  .meta({ id: 'QuotedWorker' });

export const Quote = z
  .object({
    id: QuoteId,
    request: RequestedCluster,
    workers: z.array(QuotedWorker),
    priceMicroUsdPerHour: MicroUsd.describe('Of the whole cluster.'),
    currency: Currency,
    simulated: z.boolean(),
    createdAt: Instant,
    expiresAt: Instant.describe('It is honoured until then.'),
    clusterId: ClusterId.nullable().describe('The cluster that took it.'),
  })
  .meta({ id: 'Quote' });

/** Why workers were left out: "9 lack SOC 2". */
export const Exclusion = z
  .object({
    dimension: z.string().describe('Which property of the request excluded them: `model`, `country`, `compliance`, …'),
    required: z.string().describe('What was asked for.'),
    excluded: z.number().int().describe('How many workers miss it, whatever else they miss.'),
    wouldMatch: z.number().int().describe('How many more would match if only this were given up.'),
    sentence: z.string().describe('The same for a person.'),
  })
  .meta({ id: 'Exclusion' });

/** The dimensions in which a request can be widened or narrowed by one choice. */
export const choiceDimensions = [
  'model',
  'devices',
  'country',
  'region',
  'connectivity',
  'together',
  'serviceTier',
  'compliance',
] as const;

/** What a request would get now, without keeping anything: for a form that is being filled in. */
export const QuotePreview = z
  .object({
    matching: z.number().int().describe('How many free workers match, together or not.'),
    estimate: z
      .object({ workers: z.array(QuotedWorker), priceMicroUsdPerHour: MicroUsd, currency: Currency })
      .nullable()
      .describe('What a quote would say now; null when it would be refused.'),
    refusal: z
      .object({
        code: z.enum(['unfulfillable', 'price_guard']),
        summary: z.string(),
        freeAt: Instant.nullable().describe('When enough hired workers are expected to be free.'),
        exclusions: z.array(Exclusion),
        nearest: z.array(RequestedCluster).describe('The nearest requests that would work.'),
      })
      .nullable()
      .describe('Why not; null when it would be quoted.'),
    choices: z
      .array(
        z.object({
          dimension: z.enum(choiceDimensions),
          options: z.array(
            z.object({
              value: z
                .string()
                .describe(
                  'A model, a number of devices, a country, a region, a tier, a compliance; of `together`: `oneSite` or `oneNetworkDomain`.',
                ),
              workers: z
                .number()
                .int()
                .describe(
                  'How many free workers match when this is chosen in place of what is asked in its dimension (a compliance: added to it), and all else stays.',
                ),
              fromMicroUsdPerDeviceHour: MicroUsd.nullable().describe(
                'Of the cheapest of them; null when there is none.',
              ),
            }),
          ),
        }),
      )
      .describe('What each choice would leave, and from which price.'),
  })
  .meta({ id: 'QuotePreview' });

export const Cluster = z
  .object({
    id: ClusterId,
    organizationId: OrganizationId,
    name: z.string(),
    kind: ClusterKind,
    state: ClusterState,
    version: z.number().int().describe('Goes up with every change; `If-Match` takes it from the ETag.'),
    request: RequestedCluster,
    poolId: PoolId.nullable(),
    workers: z.number().int(),
    devicesPerWorker: z.number().int(),
    priceMicroUsdPerHour: MicroUsd.describe('Of the whole cluster, per second from when every worker runs.'),
    currency: Currency,
    simulated: z.boolean(),
    autoscaling: Autoscaling.nullable(),
    idleShutdownSeconds: z.number().int().nullable(),
    createdAt: Instant,
    stateAt: Instant.describe('Since when it is in its state.'),
    runningSince: Instant.nullable(),
    endsAt: Instant.nullable().describe('When the time it was asked for ends; null is until stopped.'),
    graceUntil: Instant.nullable().describe('Set when the balance is gone: it is stopped then.'),
    endedAt: Instant.nullable(),
    endedBecause: z.string().nullable(),
  })
  .meta({ id: 'Cluster' });
export const ClusterPage = pageOf('ClusterPage', Cluster);

export const Lease = z
  .object({
    id: LeaseId,
    clusterId: ClusterId,
    workerId: WorkerId,
    rank: z.number().int(),
    modelId: ModelId,
    devices: z.number().int(),
    country: Country,
    region: Region,
    state: z.enum(leaseStates),
    outcome: z.enum(leaseOutcomes).nullable(),
    priceMicroUsdPerDeviceHour: MicroUsd,
    currency: Currency,
    heldAt: Instant,
    activeAt: Instant.nullable(),
    releasedAt: Instant.nullable(),
  })
  .meta({ id: 'Lease', description: 'Devices of one worker, held by one cluster.' });
export const LeaseList = listAnswer('LeaseList', Lease);

export const ClusterCost = z
  .object({
    currency: Currency,
    chargedMicroUsd: MicroUsd.describe('What was charged so far, from its usage windows.'),
    heldMicroUsd: MicroUsd.describe('Set aside for it now.'),
    meteredUntil: Instant.nullable().describe('Up to when it is charged; what runs on is charged within the minute.'),
    freeSeconds: z.number().describe('Device-seconds that were not charged: faults of the platform.'),
  })
  .meta({ id: 'ClusterCost' });

export const Usage = z
  .object({
    intervalSeconds: z.number().int().describe('How far apart the samples are.'),
    samples: z
      .array(
        z.object({
          at: Instant,
          rank: z.number().int(),
          cpuCores: z.number().describe('Cores in use, on average since the sample before.'),
          memoryBytes: z.number(),
          gpuUtilisation: z.number().nullable().describe('0 to 1 over all its devices; null where none can be read.'),
          gpuMemoryBytes: z.number().nullable(),
          receivedBytesPerSecond: z.number().nullable(),
          sentBytesPerSecond: z.number().nullable(),
        }),
      )
      .describe('Oldest first. Kept for six hours.'),
  })
  .meta({ id: 'Usage', description: "What a cluster's workers use, as its pool measured it." });

/** A quote or a request, exactly one. */
export const NewCluster = z
  .strictObject({
    quoteId: QuoteId.optional(),
    request: ClusterRequest.optional(),
    awaitPayment: z
      .boolean()
      .default(false)
      .describe('Keep a request that the balance does not cover: it starts when it is paid, within 20 minutes.'),
  })
  .refine(({ quoteId, request }) => (quoteId === undefined) !== (request === undefined), {
    error: 'Name either a quoteId or a request.',
  })
  .meta({ id: 'NewCluster' });

export const ClusterChange = z
  .strictObject({
    name: Slug.optional(),
    autoscaling: Autoscaling.nullable().optional(),
    idleShutdownSeconds: idleSeconds.nullable().optional(),
  })
  .meta({ id: 'ClusterChange' });

export const Extension = z.strictObject({ hours: hours.describe('How many hours more.') });
export const Scaling = z.strictObject({ workers: workerCount.describe('How many workers it shall have.') });
export const Termination = z.strictObject({ reason: Reason.default('asked by its owner') });

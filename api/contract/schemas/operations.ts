/** What only operators see: attestations, the price book, dead letters, analytics, invariants, health. */
import { compliances, readinessSteps, serviceTiers, workerOrigins, workerStatuses } from '@muster/common';
import { z } from 'zod';
import { Member, Organization } from './account.ts';
import { Compliance, ConnectivityTier, ServiceTier } from './cluster.ts';
import {
  AttestationId,
  Country,
  Currency,
  Flag,
  Instant,
  listAnswer,
  MicroUsd,
  ModelId,
  nameOf,
  OrganizationId,
  orElse,
  PoolId,
  PositiveMicroUsd,
  pageOf,
  Reason,
  Region,
  Sequence,
  span,
  WorkerId,
} from './primitives.ts';

export const Because = z.strictObject({ reason: Reason }).meta({ id: 'Because' });
export const ServiceTierChange = z
  .strictObject({ serviceTier: z.enum(serviceTiers), reason: Reason.optional() })
  .meta({ id: 'ServiceTierChange' });
export const QuotaChange = z
  .strictObject({ deviceQuota: z.number().int().min(0).max(1_000_000).nullable() })
  .meta({ id: 'QuotaChange' });
export const NewCredit = z
  .strictObject({
    amountMicroUsd: PositiveMicroUsd,
    reference: z
      .string()
      .regex(/^[\w.:-]{1,100}$/, 'must be letters, digits, dots, colons, hyphens or underscores')
      .describe('What it is for, once: the same reference credits nothing a second time.'),
    description: nameOf(200).optional(),
  })
  .meta({ id: 'NewCredit' });
export const Credit = z
  .object({
    transactionId: z.string(),
    organizationId: OrganizationId,
    amountMicroUsd: MicroUsd,
    balanceMicroUsd: MicroUsd.describe('The balance after it.'),
  })
  .meta({ id: 'Credit' });

export const Attestation = z
  .object({
    id: AttestationId,
    workerId: WorkerId.nullable(),
    poolId: PoolId.nullable().describe('Then it holds for every worker of the pool.'),
    compliance: Compliance,
    evidence: z.string(),
    attestedBy: z.string(),
    createdAt: Instant,
    expiresAt: Instant,
    revokedAt: Instant.nullable(),
  })
  .meta({ id: 'Attestation' });
export const AttestationPage = pageOf('AttestationPage', Attestation);
export const NewAttestation = z
  .strictObject({
    workerId: WorkerId.optional(),
    poolId: PoolId.optional(),
    compliance: z.enum(compliances),
    evidence: z.string().min(1).max(2_000),
    expiresAt: Instant,
  })
  .refine(({ workerId, poolId }) => (workerId === undefined) !== (poolId === undefined), {
    error: 'Name either a workerId or a poolId.',
  })
  .meta({ id: 'NewAttestation' });

export const BasePrice = z
  .object({ modelId: ModelId, priceMicroUsdPerHour: MicroUsd, effectiveFrom: Instant, actorId: z.string() })
  .meta({ id: 'BasePrice' });
export const PriceBook = listAnswer('PriceBook', BasePrice);
export const NewBasePrice = z
  .strictObject({ modelId: ModelId, priceMicroUsdPerHour: PositiveMicroUsd })
  .meta({ id: 'NewBasePrice' });

export const PricePreview = z
  .object({
    modelId: ModelId,
    currentMicroUsdPerHour: MicroUsd.nullable().describe('The base price in force; null when there is none.'),
    proposedMicroUsdPerHour: MicroUsd,
    regions: z
      .array(
        z.object({
          region: Region,
          simulated: z.boolean(),
          readyDevices: z.number().int(),
          hiredDevices: z.number().int(),
          currentMicroUsdPerHour: MicroUsd.nullable().describe('What a device-hour costs there now.'),
          proposedMicroUsdPerHour: MicroUsd.describe('What it would cost at the same utilisation.'),
          devicesAboveFloor: z.number().int().describe('Ready devices whose floor the proposed price reaches.'),
        }),
      )
      .describe('Live clusters keep their prices: only what is hired from then on costs this.'),
  })
  .meta({ id: 'PricePreview' });

/** A worker in few words, so that a whole fleet fits in one answer. */
export const FleetWorker = z
  .object({
    id: WorkerId,
    name: z.string(),
    organizationId: OrganizationId,
    poolId: PoolId,
    origin: z.enum(workerOrigins),
    simulated: z.boolean(),
    status: z.enum(workerStatuses),
    readiness: z.enum(readinessSteps),
    modelId: ModelId.nullable(),
    deviceCount: z.number().int(),
    country: Country,
    region: Region,
    connectivityTier: ConnectivityTier.nullable(),
    serviceTier: ServiceTier,
    floorMicroUsdPerHour: MicroUsd,
  })
  .meta({ id: 'FleetWorker' });
export const Fleet = listAnswer('Fleet', FleetWorker);

export const OrganizationOverview = z
  .object({
    organization: Organization,
    balances: z.array(z.object({ currency: Currency, balanceMicroUsd: MicroUsd, heldMicroUsd: MicroUsd })),
    members: z.array(Member),
    liveClusters: z.number().int(),
    leasedDevices: z.number().int(),
    workers: z.number().int(),
  })
  .meta({ id: 'OrganizationOverview' });

export const DeadLetter = z
  .object({
    id: Sequence,
    messageId: z.string().nullable(),
    queue: z.string(),
    type: z.string().nullable(),
    content: z.string(),
    reason: z.string(),
    attempts: z.number().int(),
    at: Instant,
  })
  .meta({ id: 'DeadLetter', description: 'A message that nobody could handle.' });
export const DeadLetterPage = pageOf('DeadLetterPage', DeadLetter);
export const Replay = z
  .strictObject({ ids: z.array(Sequence).min(1).max(200).optional().describe('All when absent.') })
  .meta({ id: 'Replay' });
export const Replayed = z.object({ replayed: z.number().int() }).meta({ id: 'Replayed' });

export const SeriesQuery = z.strictObject({
  ...span,
  bucket: z.enum(['hour', 'day']).default('hour'),
  modelId: ModelId.optional(),
  country: Country.optional(),
  simulated: orElse(Flag, false).describe('Simulated supply is counted apart, always.'),
});
const series = <Shape extends z.ZodRawShape>(id: string, shape: Shape) =>
  listAnswer(
    id,
    z.object({
      at: Instant.describe('Where the bucket begins.'),
      modelId: ModelId,
      country: Country.nullable().describe('Null where a request named none.'),
      ...shape,
    }),
  );
export const SupplySeries = series('SupplySeries', {
  readyDevices: z.number().describe('Cluster-ready, on average over the bucket.'),
  hiredDevices: z.number(),
});
export const DemandSeries = series('DemandSeries', { clusters: z.number().int(), devices: z.number().int() });
export const UnmetDemandSeries = series('UnmetDemandSeries', {
  requests: z.number().int(),
  workers: z.number().int(),
  devices: z.number().int(),
});
export const UtilisationSeries = series('UtilisationSeries', {
  hiredDeviceHours: z.number(),
  readyDeviceHours: z.number(),
  utilisation: z.number().describe('0 to 1.'),
});
export const RevenueSeries = series('RevenueSeries', {
  currency: Currency,
  chargeMicroUsd: MicroUsd,
  feeMicroUsd: MicroUsd,
  earningMicroUsd: MicroUsd,
});

export const InvariantList = listAnswer(
  'InvariantList',
  z.object({
    number: z.number().int(),
    name: z.string(),
    held: z.boolean(),
    offenders: z.array(z.object({ id: z.string(), sentence: z.string() })),
  }),
);
export const AuditVerification = z
  .object({
    ok: z.boolean(),
    count: z.number().int().describe('Entries that hold, up to the first broken one.'),
    firstBroken: z.object({ seq: Sequence, why: z.string() }).optional(),
    head: z
      .object({ seq: Sequence, hash: z.string() })
      .optional()
      .describe('The last entry that holds. Kept elsewhere, it proves later that the end was not cut off.'),
  })
  .meta({ id: 'AuditVerification' });
export const Health = z
  .object({
    ok: z.boolean(),
    components: z.array(z.object({ name: z.string(), ok: z.boolean(), detail: z.string().nullable() })),
  })
  .meta({ id: 'Health' });

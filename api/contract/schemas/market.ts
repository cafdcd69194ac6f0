/** What there is and what it costs: hardware models, countries, offers, prices, and the public numbers. */
import { readinessSteps } from '@muster/common';
import { z } from 'zod';
import { Compliance, ConnectivityTier, ServiceTier } from './cluster.ts';
import { Country, Currency, Day, Instant, listAnswer, MicroUsd, ModelId, pageOf, Region } from './primitives.ts';

export const HardwareModel = z
  .object({
    id: ModelId,
    name: z.string(),
    vendor: z.string(),
    kind: z.enum(['gpu', 'cpu']),
    memoryMb: z.number().int(),
    architecture: z.string(),
    interconnect: z.string().nullable(),
  })
  .meta({ id: 'HardwareModel' });
export const HardwareModelList = listAnswer('HardwareModelList', HardwareModel);

export const CountryEntry = z
  .object({ code: Country, name: z.string(), region: Region, eea: z.boolean() })
  .meta({ id: 'CountryEntry' });
export const CountryList = listAnswer('CountryList', CountryEntry);

export const Offer = z
  .object({
    modelId: ModelId,
    modelName: z.string(),
    country: Country,
    region: Region,
    connectivityTier: ConnectivityTier.nullable(),
    serviceTier: ServiceTier,
    compliance: z.array(Compliance),
    simulated: z.boolean(),
    workers: z.number().int().describe('How many workers are free.'),
    devices: z.number().int().describe('How many devices they have together.'),
    maxDevicesPerWorker: z.number().int(),
    priceMicroUsdPerDeviceHour: MicroUsd,
    currency: Currency,
  })
  .meta({ id: 'Offer', description: 'What can be taken now.' });
export const OfferPage = pageOf('OfferPage', Offer);

export const PriceHistory = z
  .object({
    modelId: ModelId,
    points: z.array(
      z.object({
        at: Instant,
        region: Region,
        p10MicroUsdPerHour: MicroUsd,
        medianMicroUsdPerHour: MicroUsd,
        p90MicroUsdPerHour: MicroUsd,
      }),
    ),
  })
  .meta({ id: 'PriceHistory' });

export const Network = z
  .object({
    at: Instant,
    simulated: z.boolean(),
    devices: z
      .array(z.object({ modelId: ModelId, country: Country, hired: z.number().int(), idle: z.number().int() }))
      .describe('Cluster-ready devices.'),
    workersByReadiness: z
      .array(z.object({ readiness: z.enum(readinessSteps), workers: z.number().int() }))
      .describe('Steps of a ladder: never add them together.'),
    clustersCreated: z.number().int(),
    tasksRun: z.number().int(),
    revenueMicroUsd: MicroUsd,
    days: z
      .array(
        z.object({
          day: Day,
          deviceHours: z.number(),
          clustersCreated: z.number().int(),
          tasksRun: z.number().int(),
          revenueMicroUsd: MicroUsd,
        }),
      )
      .describe('The last 30 days in UTC, oldest first.'),
  })
  .meta({
    id: 'Network',
    description: 'The public numbers: each is counted from the ledger or the events when asked.',
  });

export const MarketPrice = z
  .object({
    modelId: ModelId,
    region: Region,
    at: Instant,
    priceMicroUsdPerHour: MicroUsd,
    readyDevices: z.number().int(),
    hiredDevices: z.number().int(),
  })
  .meta({ id: 'MarketPrice', description: 'What the market pays for one device-hour now.' });
export const MarketPriceList = listAnswer('MarketPriceList', MarketPrice);

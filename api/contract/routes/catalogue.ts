/** What anyone may see before signing up: hardware, countries, offers, prices, the public numbers. */
import { z } from 'zod';
import { route } from '../route.ts';
import { Compliance, ConnectivityTier, ServiceTier } from '../schemas/cluster.ts';
import { CountryList, HardwareModel, HardwareModelList, Network, OfferPage, PriceHistory } from '../schemas/market.ts';
import { Country, Flag, listOf, ModelId, orElse, page, Region, span } from '../schemas/primitives.ts';

const model = z.strictObject({ modelId: ModelId });

export const models = {
  list: route({
    method: 'get',
    path: '/models',
    summary: 'List the hardware models',
    access: { anyone: true },
    answer: HardwareModelList,
    errors: [],
  }),
  get: route({
    method: 'get',
    path: '/models/{modelId}',
    summary: 'Read a hardware model',
    access: { anyone: true },
    params: model,
    answer: HardwareModel,
    errors: ['not_found'],
  }),
};

export const countries = {
  list: route({
    method: 'get',
    path: '/countries',
    summary: 'List the countries with their regions',
    access: { anyone: true },
    answer: CountryList,
    errors: [],
  }),
};

export const offers = {
  list: route({
    method: 'get',
    path: '/offers',
    summary: 'What can be taken now',
    description:
      'Hardware model × location × tier × compliance, with count and price. Simulated supply is shown only when asked for.',
    access: { anyone: true },
    query: z.strictObject({
      ...page,
      modelId: listOf(ModelId, 20).optional(),
      country: listOf(Country, 100).optional(),
      region: listOf(Region, 20).optional(),
      tier: ConnectivityTier.optional().describe('At least this connectivity tier.'),
      serviceTier: ServiceTier.optional(),
      compliance: listOf(Compliance, 7).optional().describe('All of these.'),
      simulated: orElse(Flag, false),
    }),
    answer: OfferPage,
    errors: [],
  }),
};

export const prices = {
  history: route({
    method: 'get',
    path: '/prices/{modelId}/history',
    summary: 'What a device-hour of a model has cost: P10, median, P90',
    access: { anyone: true },
    params: model,
    query: z.strictObject({
      ...span,
      region: Region.optional(),
      bucket: z.enum(['minute', 'hour', 'day']).default('hour'),
      simulated: orElse(Flag, false),
    }),
    answer: PriceHistory,
    errors: ['not_found'],
  }),
};

export const network = {
  get: route({
    method: 'get',
    path: '/network',
    summary: 'The public numbers',
    access: { anyone: true },
    query: z.strictObject({ simulated: orElse(Flag, false) }),
    answer: Network,
    errors: [],
  }),
  follow: route({
    method: 'get',
    path: '/network/changes',
    summary: 'Tells when offers, prices or the public numbers have changed',
    description:
      'Server-sent events: `changed`, without content and at most every 5 seconds, whenever it is worth reading them again.',
    access: { anyone: true },
    stream: 'text/event-stream',
    errors: ['unavailable'],
  }),
};

/** What anyone may read: offers, models, prices, the public numbers, and the contract itself. */
import { hourMs } from '@muster/common/time';
import { answer, type Schemas } from '@muster/contract/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { whole } from '../../app/paged.ts';

const market = { live: ['market'] } as const;

export type Offer = Schemas['Offer'];

/** Everything that can be taken now; real or simulated, never both. */
export const offersQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ['offers', { simulated }],
    meta: market,
    queryFn: ({ signal }) =>
      whole((page) => answer(api.public.GET('/offers', { params: { query: { simulated, ...page } }, signal }))),
  });

export const networkQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ['network', { simulated }],
    meta: market,
    queryFn: ({ signal }) => answer(api.public.GET('/network', { params: { query: { simulated } }, signal })),
  });

/** How far back a price history goes, and in which steps. */
export const priceSpans = {
  day: { bucket: 'minute', hours: 24 },
  week: { bucket: 'hour', hours: 168 },
  month: { bucket: 'day', hours: 720 },
} as const;
export type PriceSpan = keyof typeof priceSpans;

export const priceHistoryQuery = (modelId: string, span: PriceSpan, simulated: boolean) =>
  queryOptions({
    queryKey: ['prices', modelId, { span, simulated }],
    meta: market,
    queryFn: ({ signal }) => {
      const { bucket, hours } = priceSpans[span];
      const from = new Date(Date.now() - hours * hourMs).toISOString();
      return answer(
        api.public.GET('/prices/{modelId}/history', {
          params: { path: { modelId }, query: { bucket, from, simulated } },
          signal,
        }),
      );
    },
  });

export const documentQuery = (base: string) =>
  queryOptions({
    queryKey: ['openapi', base],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }): Promise<unknown> => (await api.send(`${base}/openapi.json`, { signal })).json(),
  });

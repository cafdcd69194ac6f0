/** What the billing pages ask. What a cluster costs shows by its windows; its events tell when it begins and ends to. */
import { dayMs } from '@muster/common/time';
import { answer, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../app/api.ts';
import { nextPage, pageAfter, rowsOf, whole } from '../../../app/paged.ts';
import { bucketsBetween } from './spent.ts';

const money = ['cluster', 'organization', 'invoice'] as const;

export const balanceQuery = queryOptions({
  queryKey: ['billing', 'balance'],
  meta: { live: money },
  queryFn: ({ signal }) => answer(api.public.GET('/balance', { signal })),
});

export const holdsQuery = queryOptions({
  queryKey: ['billing', 'holds'],
  meta: { live: money },
  queryFn: async ({ signal }) => (await answer(api.public.GET('/holds', { signal }))).items,
});

/** What was charged by day, of so many days up to now, and where each of these days begins. */
export const spendingQuery = (days: number) =>
  queryOptions({
    queryKey: ['billing', 'spending', days],
    meta: { live: money },
    queryFn: async ({ signal }) => {
      const now = new Date();
      const at = bucketsBetween(new Date(now.getTime() - (days - 1) * dayMs), now, dayMs);
      const query = { from: at[0]!, bucket: 'day' as const };
      return { at, ...(await answer(api.public.GET('/spending', { params: { query }, signal }))) };
    },
  });

/** The ledger, newest first, page after page. */
export const ledgerQuery = infiniteQueryOptions({
  queryKey: ['billing', 'ledger'],
  meta: { live: money },
  ...nextPage,
  queryFn: ({ pageParam, signal }) =>
    answer(api.public.GET('/ledger', { params: { query: pageAfter(pageParam) }, signal })),
  select: rowsOf<Schemas['LedgerEntry']>,
});

export const invoicesQuery = infiniteQueryOptions({
  queryKey: ['billing', 'invoices'],
  meta: { live: ['invoice'] },
  ...nextPage,
  queryFn: ({ pageParam, signal }) =>
    answer(api.public.GET('/invoices', { params: { query: pageAfter(pageParam) }, signal })),
  select: rowsOf<Schemas['Invoice']>,
});

/** An invoice is never changed. */
export const invoiceQuery = (invoiceId: string) =>
  queryOptions({
    queryKey: ['billing', 'invoices', invoiceId],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) =>
      answer(api.public.GET('/invoices/{invoiceId}', { params: { path: { invoiceId } }, signal })),
  });

/** The names of one's clusters by id; money is told by ids. */
export const clusterNamesQuery = queryOptions({
  queryKey: ['clusters', 'names'],
  meta: { live: ['cluster'] },
  queryFn: async ({ signal }) => {
    const clusters = await whole((query) => answer(api.public.GET('/clusters', { params: { query }, signal })));
    return new Map(clusters.map(({ id, name }) => [id, name]));
  },
});

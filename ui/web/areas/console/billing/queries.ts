/** What the billing pages ask. What a cluster costs shows by its windows; its events tell when it begins and ends to. */
import { answer, everyItem } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../app/api.ts';
import { bucketsBetween, dayMs } from './spent.ts';

const money = ['cluster', 'organization', 'invoice'] as const;
const largestPage = 200;

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
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    answer(api.public.GET('/ledger', { params: { query: { cursor: pageParam, limit: largestPage } }, signal })),
  getNextPageParam: ({ nextCursor }) => nextCursor,
});

export const invoicesQuery = infiniteQueryOptions({
  queryKey: ['billing', 'invoices'],
  meta: { live: ['invoice'] },
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam, signal }) =>
    answer(api.public.GET('/invoices', { params: { query: { cursor: pageParam, limit: largestPage } }, signal })),
  getNextPageParam: ({ nextCursor }) => nextCursor,
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
    const names = new Map<string, string>();
    const clusters = everyItem((cursor) =>
      answer(api.public.GET('/clusters', { params: { query: { cursor, limit: largestPage } }, signal })),
    );
    for await (const { id, name } of clusters) names.set(id, name);
    return names;
  },
});

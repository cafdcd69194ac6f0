/** What lists and the wizard ask: one's clusters, the places there are, and the market for a request. */
import { answer, everyItem, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';

/** The most that a page of a list may hold. */
const largestPage = 200;

export const liveClustersQuery = queryOptions({
  queryKey: ['clusters', 'live'],
  meta: { live: ['cluster'] },
  queryFn: async ({ signal }) => {
    const items: Schemas['Cluster'][] = [];
    const pages = everyItem((cursor) =>
      answer(
        api.public.GET('/clusters', {
          params: { query: { live: true, limit: largestPage, ...(cursor && { cursor }) } },
          signal,
        }),
      ),
    );
    for await (const cluster of pages) items.push(cluster);
    return items;
  },
});

type ClusterState = Schemas['Cluster']['state'];

/** The states that a cluster never leaves. */
export const endedStates: readonly ClusterState[] = ['terminated', 'unfulfilled', 'unpaid', 'failed', 'expired'];

/** Clusters in any of these states, or in all, the newest first, page by page. */
export const clustersQuery = (states?: readonly ClusterState[]) =>
  infiniteQueryOptions({
    queryKey: ['clusters', 'pages', states ?? 'all'],
    meta: { live: ['cluster'] },
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor, signal }) =>
      answer(
        api.public.GET('/clusters', {
          params: { query: { ...(states && { state: [...states] }), limit: 100, ...(cursor && { cursor }) } },
          signal,
        }),
      ),
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
  });

export const countriesQuery = queryOptions({
  queryKey: ['countries'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }) => (await answer(api.public.GET('/countries', { signal }))).items,
});

/** The ids of the hardware models of which something is free. */
export const offeredModelsQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ['offered models', simulated],
    meta: { live: ['market'] },
    queryFn: async ({ signal }) => {
      const ids = new Set<string>();
      const offers = everyItem((cursor) =>
        answer(
          api.public.GET('/offers', {
            params: { query: { simulated, limit: largestPage, ...(cursor && { cursor }) } },
            signal,
          }),
        ),
      );
      for await (const { modelId } of offers) ids.add(modelId);
      return [...ids];
    },
  });

/** What a request would get now. The answer for the request before stays until this one's is there. */
export const previewQuery = (request: Schemas['ClusterRequest']) =>
  queryOptions({
    queryKey: ['preview', request],
    meta: { live: ['market', 'worker', 'cluster'] },
    staleTime: 5_000,
    gcTime: 60_000,
    queryFn: ({ signal }) => answer(api.public.POST('/quotes/preview', { body: request, signal })),
    // Never across the two kinds of supply: numbers of one must not stand where those of the other are asked for.
    placeholderData: (previous: Schemas['QuotePreview'] | undefined, query) =>
      (query?.queryKey[1] as Schemas['ClusterRequest'] | undefined)?.simulated === request.simulated
        ? previous
        : undefined,
  });

/** What lists and the wizard ask: one's clusters, the places there are, and the market for a request. */
import { answer, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { nextPage, pageAfter, whole } from '../../app/paged.ts';

export const liveClustersQuery = queryOptions({
  queryKey: ['clusters', 'live'],
  meta: { live: ['cluster'] },
  queryFn: ({ signal }) =>
    whole((page) => answer(api.public.GET('/clusters', { params: { query: { live: true, ...page } }, signal }))),
});

type ClusterState = Schemas['Cluster']['state'];

/** The states that a cluster never leaves. */
export const endedStates: readonly ClusterState[] = ['terminated', 'unfulfilled', 'unpaid', 'failed', 'expired'];

/** Clusters in any of these states, or in all, the newest first, page by page. */
export const clustersQuery = (states?: readonly ClusterState[]) =>
  infiniteQueryOptions({
    queryKey: ['clusters', 'pages', states ?? 'all'],
    meta: { live: ['cluster'] },
    ...nextPage,
    queryFn: ({ pageParam: cursor, signal }) =>
      answer(
        api.public.GET('/clusters', {
          params: { query: { ...(states && { state: [...states] }), ...pageAfter(cursor), limit: 100 } },
          signal,
        }),
      ),
  });

/** The ids of the hardware models of which something is free. */
export const offeredModelsQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ['offered models', simulated],
    meta: { live: ['market'] },
    queryFn: async ({ signal }) => {
      const offers = await whole((page) =>
        answer(api.public.GET('/offers', { params: { query: { simulated, ...page } }, signal })),
      );
      return [...new Set(offers.map(({ modelId }) => modelId))];
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

/** What the admin reads. Its keys begin with `admin`, so that nothing is mixed with what the same person's organization reads. */
import { answer, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { nextPage, pageAfter, rowsOf, whole } from '../../app/paged.ts';

export type FleetWorker = Schemas['FleetWorker'];

/** Every worker. Not renewed by events as a whole: `useFleet` re-reads the workers that they name. */
export const fleetQuery = queryOptions({
  queryKey: ['admin', 'fleet'],
  queryFn: async ({ signal }) => (await answer(api.internal.GET('/fleet', { signal }))).items,
});

export const workerQuery = (workerId: string) =>
  queryOptions({
    queryKey: ['admin', 'worker', workerId],
    meta: { live: ['worker'], of: workerId },
    queryFn: ({ signal }) =>
      answer(api.internal.GET('/workers/{workerId}', { params: { path: { workerId } }, signal })),
  });

export const poolsQuery = queryOptions({
  queryKey: ['admin', 'pools'],
  meta: { live: ['pool'] },
  queryFn: async ({ signal }) => (await answer(api.internal.GET('/pools', { signal }))).items,
});

/** Every organization: also for their names, wherever one is mentioned. */
export const organizationsQuery = queryOptions({
  queryKey: ['admin', 'organizations'],
  meta: { live: ['organization'] },
  queryFn: ({ signal }) =>
    whole((page) => answer(api.internal.GET('/organizations', { params: { query: page }, signal }))),
});

export const organizationQuery = (organizationId: string) =>
  queryOptions({
    queryKey: ['admin', 'organization', organizationId],
    // Of any organization: what happens to a cluster does not say whose it is.
    meta: { live: ['organization', 'cluster'] },
    queryFn: ({ signal }) =>
      answer(api.internal.GET('/organizations/{organizationId}', { params: { path: { organizationId } }, signal })),
  });

export const clustersQuery = (filter: { live?: boolean; organizationId?: string }) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'clusters', filter],
    meta: { live: ['cluster'] },
    ...nextPage,
    queryFn: ({ pageParam, signal }) =>
      answer(api.internal.GET('/clusters', { params: { query: { ...filter, ...pageAfter(pageParam) } }, signal })),
    select: rowsOf<Schemas['Cluster']>,
  });

export const clusterQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['admin', 'cluster', clusterId],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) =>
      answer(api.internal.GET('/clusters/{clusterId}', { params: { path: { clusterId } }, signal })),
  });

/** A cluster's whole life: it is read in one piece, since its end is what one looks for. */
export const timelineQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['admin', 'timeline', clusterId],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) =>
      whole((page) =>
        answer(
          api.internal.GET('/clusters/{clusterId}/events', {
            params: { path: { clusterId }, query: page },
            signal,
          }),
        ),
      ),
  });

export const leasesQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['admin', 'leases', clusterId],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: async ({ signal }) =>
      (await answer(api.internal.GET('/clusters/{clusterId}/leases', { params: { path: { clusterId } }, signal })))
        .items,
  });

export const ledgerQuery = (filter: { organizationId?: string; clusterId?: string; transactionId?: string }) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'ledger', filter],
    meta: { live: ['cluster', 'invoice', 'organization'] },
    ...nextPage,
    queryFn: ({ pageParam, signal }) =>
      answer(api.internal.GET('/ledger', { params: { query: { ...filter, ...pageAfter(pageParam) } }, signal })),
    select: rowsOf<Schemas['LedgerEntry']>,
  });

export const priceBookQuery = queryOptions({
  queryKey: ['admin', 'price-book'],
  queryFn: async ({ signal }) => (await answer(api.internal.GET('/price-book', { signal }))).items,
});

export const pricePreviewQuery = (modelId: string, priceMicroUsdPerHour: bigint | undefined) =>
  queryOptions({
    queryKey: ['admin', 'price-preview', modelId, String(priceMicroUsdPerHour)],
    meta: { live: ['market'] },
    enabled: priceMicroUsdPerHour !== undefined,
    queryFn: ({ signal }) =>
      answer(
        api.internal.POST('/price-book/preview', {
          body: { modelId, priceMicroUsdPerHour: String(priceMicroUsdPerHour) },
          signal,
        }),
      ),
  });

/** Those that were revoked or have expired are part of it. */
export const attestationsQuery = (filter: { workerId?: string; poolId?: string } = {}) =>
  queryOptions({
    queryKey: ['admin', 'attestations', filter],
    queryFn: ({ signal }) =>
      whole((page) => answer(api.internal.GET('/attestations', { params: { query: { ...filter, ...page } }, signal }))),
  });

export const deadLettersQuery = infiniteQueryOptions({
  queryKey: ['admin', 'dead-letters'],
  // No event tells of a dead letter; the market is told of at least once a minute, so it is looked for then.
  meta: { live: ['market'] },
  ...nextPage,
  queryFn: ({ pageParam, signal }) =>
    answer(api.internal.GET('/dead-letters', { params: { query: pageAfter(pageParam) }, signal })),
  select: rowsOf<Schemas['DeadLetter']>,
});

/** Walks the live system: read when asked, and never again by itself. */
export const invariantsQuery = queryOptions({
  queryKey: ['admin', 'invariants'],
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  queryFn: async ({ signal }) => (await answer(api.internal.GET('/invariants', { signal }))).items,
});

export const auditQuery = (organizationId: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['admin', 'audit', organizationId],
    ...nextPage,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.internal.GET('/audit', {
          params: { query: { ...(organizationId && { organizationId }), ...pageAfter(pageParam) } },
          signal,
        }),
      ),
    select: rowsOf<Schemas['AuditEvent']>,
  });

/** Walks the whole chain: as `invariantsQuery`, only when asked. */
export const auditVerificationQuery = queryOptions({
  queryKey: ['admin', 'audit-verification'],
  staleTime: Number.POSITIVE_INFINITY,
  enabled: false,
  queryFn: ({ signal }) => answer(api.internal.GET('/audit/verification', { signal })),
});

export const healthQuery = queryOptions({
  queryKey: ['admin', 'health'],
  // As for dead letters.
  meta: { live: ['market'] },
  queryFn: ({ signal }) => answer(api.internal.GET('/health', { signal })),
});

/** The public numbers, of real or of simulated supply. */
export const networkQuery = (simulated: boolean) =>
  queryOptions({
    queryKey: ['admin', 'network', simulated],
    meta: { live: ['market'] },
    queryFn: ({ signal }) => answer(api.public.GET('/network', { params: { query: { simulated } }, signal })),
  });

export interface SeriesFilter {
  /** How far it reaches back, in milliseconds. */
  spanMs: number;
  bucket: 'hour' | 'day';
  simulated: boolean;
  modelId?: string;
  country?: string;
}

/** A series of analytics, up to now. */
function series<Name extends 'supply' | 'demand' | 'unmet-demand' | 'utilisation' | 'revenue', Row>(
  name: Name,
  filter: SeriesFilter,
  read: (query: { from: string } & Omit<SeriesFilter, 'spanMs'>, signal: AbortSignal) => Promise<{ items: Row[] }>,
) {
  const { spanMs, ...query } = filter;
  return queryOptions({
    queryKey: ['admin', 'analytics', name, filter],
    meta: { live: ['market'] },
    queryFn: async ({ signal }) => {
      const from = new Date(Date.now() - spanMs).toISOString();
      return (await read({ ...query, from }, signal)).items;
    },
  });
}
export const supplySeries = (filter: SeriesFilter) =>
  series('supply', filter, (query, signal) =>
    answer(api.internal.GET('/analytics/supply', { params: { query }, signal })),
  );
export const demandSeries = (filter: SeriesFilter) =>
  series('demand', filter, (query, signal) =>
    answer(api.internal.GET('/analytics/demand', { params: { query }, signal })),
  );
export const unmetDemandSeries = (filter: SeriesFilter) =>
  series('unmet-demand', filter, (query, signal) =>
    answer(api.internal.GET('/analytics/unmet-demand', { params: { query }, signal })),
  );
export const utilisationSeries = (filter: SeriesFilter) =>
  series('utilisation', filter, (query, signal) =>
    answer(api.internal.GET('/analytics/utilisation', { params: { query }, signal })),
  );
export const revenueSeries = (filter: SeriesFilter) =>
  series('revenue', filter, (query, signal) =>
    answer(api.internal.GET('/analytics/revenue', { params: { query }, signal })),
  );

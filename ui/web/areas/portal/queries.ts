/** What a supplier reads: workers with their leases, uptime and earnings, tokens, pools, and the market. */
import { dayMs } from '@muster/common/time';
import { answer, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../app/api.ts';
import { nextPage, pageAfter, rowsOf, whole } from '../../app/paged.ts';

export type Worker = Schemas['Worker'];

export const workersQuery = queryOptions({
  queryKey: ['workers'],
  meta: { live: ['worker', 'pool'] },
  queryFn: ({ signal }) => whole((query) => answer(api.private.GET('/workers', { params: { query }, signal }))),
});

export const workerQuery = (workerId: string) =>
  queryOptions({
    queryKey: ['workers', workerId],
    meta: { live: ['worker'], of: workerId },
    queryFn: ({ signal }) => answer(api.private.GET('/workers/{workerId}', { params: { path: { workerId } }, signal })),
  });

export const timelineQuery = (workerId: string) =>
  queryOptions({
    queryKey: ['workers', workerId, 'timeline'],
    meta: { live: ['worker'], of: workerId },
    queryFn: ({ signal }) =>
      whole((query) =>
        answer(api.private.GET('/workers/{workerId}/events', { params: { path: { workerId }, query }, signal })),
      ),
  });

export const leasesQuery = (workerId: string) =>
  infiniteQueryOptions({
    queryKey: ['workers', workerId, 'leases'],
    meta: { live: ['worker'], of: workerId },
    ...nextPage,
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.private.GET('/workers/{workerId}/leases', {
          params: { path: { workerId }, query: pageAfter(pageParam) },
          signal,
        }),
      ),
    select: rowsOf<Schemas['WorkerLease']>,
  });

export const uptimeQuery = (workerId: string) =>
  queryOptions({
    queryKey: ['workers', workerId, 'uptime'],
    meta: { live: ['worker'], of: workerId },
    queryFn: async ({ signal }) =>
      (await answer(api.private.GET('/workers/{workerId}/uptime', { params: { path: { workerId } }, signal }))).items,
  });

/** @param days how far back, in whole UTC days with today */
export const earningsQuery = (days: number, workerId?: string) =>
  queryOptions({
    queryKey: ['earnings', { days, workerId }],
    meta: { live: ['worker', 'invoice'] },
    queryFn: ({ signal }) => {
      const from = new Date(Math.floor(Date.now() / dayMs - days + 1) * dayMs).toISOString();
      return answer(
        api.private.GET('/earnings', { params: { query: { from, ...(workerId && { workerId }) } }, signal }),
      );
    },
  });

export const tokenQuery = (enrolmentTokenId: string) =>
  queryOptions({
    queryKey: ['enrolment-tokens', enrolmentTokenId],
    meta: { live: ['worker'] },
    queryFn: ({ signal }) =>
      answer(
        api.private.GET('/enrolment-tokens/{enrolmentTokenId}', { params: { path: { enrolmentTokenId } }, signal }),
      ),
  });

export const tokensQuery = queryOptions({
  queryKey: ['enrolment-tokens'],
  meta: { live: ['worker'] },
  queryFn: ({ signal }) =>
    whole((query) => answer(api.private.GET('/enrolment-tokens', { params: { query }, signal }))),
});

export const poolsQuery = queryOptions({
  queryKey: ['pools'],
  meta: { live: ['pool'] },
  queryFn: async ({ signal }) => (await answer(api.private.GET('/pools', { signal }))).items,
});

export const marketQuery = queryOptions({
  queryKey: ['market'],
  meta: { live: ['market'] },
  queryFn: async ({ signal }) => (await answer(api.private.GET('/market', { signal }))).items,
});

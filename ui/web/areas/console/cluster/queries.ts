/** What the page of a cluster asks, each renewed by the cluster's events. */
import { hourMs } from '@muster/common/time';
import { answer, everyItem, type Schemas } from '@muster/contract/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../../app/api.ts';
import { pageAfter, whole } from '../../../app/paged.ts';
import { queryClient } from '../../../app/queries.ts';

export type Cluster = Schemas['Cluster'];
export type Lease = Schemas['LeaseList']['items'][number];
export type Task = Schemas['Task'];

const path = (clusterId: string) => ({ params: { path: { clusterId } } });

export const clusterQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) => answer(api.public.GET('/clusters/{clusterId}', { ...path(clusterId), signal })),
  });

/** What happened to it, oldest first, to the end. */
export const timelineQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'timeline'],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) =>
      whole((page) =>
        answer(
          api.public.GET('/clusters/{clusterId}/events', {
            params: { path: { clusterId }, query: page },
            signal,
          }),
        ),
      ),
  });

/** Every lease that it has or had. */
export const leasesQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'leases'],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: async ({ signal }) =>
      (await answer(api.public.GET('/clusters/{clusterId}/leases', { ...path(clusterId), signal }))).items,
  });

export const costQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'cost'],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) => answer(api.public.GET('/clusters/{clusterId}/cost', { ...path(clusterId), signal })),
  });

/** Its tasks, newest first, all of them. */
export const tasksQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'tasks'],
    meta: { live: ['task', 'cluster'], of: clusterId },
    queryFn: ({ signal }) =>
      whole((page) =>
        answer(
          api.public.GET('/clusters/{clusterId}/tasks', {
            params: { path: { clusterId }, query: page },
            signal,
          }),
        ),
      ),
  });

/** What its workers use, of the last so many seconds. */
export const usageQuery = (clusterId: string, seconds: number) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'usage', seconds],
    meta: { live: ['cluster'], of: clusterId },
    queryFn: ({ signal }) =>
      answer(
        api.public.GET('/clusters/{clusterId}/usage', {
          params: {
            path: { clusterId },
            query: { from: new Date(Date.now() - seconds * 1_000).toISOString() },
          },
          signal,
        }),
      ),
  });

/** A chart of more hours than these is read no better, and the API answers a thousand at most. */
const mostHours = 14 * 24;

/** What it was charged over its whole life, by hour, or by day when that is long. */
export const clusterSpendingQuery = ({ id, createdAt, endedAt }: Pick<Cluster, 'id' | 'createdAt' | 'endedAt'>) =>
  queryOptions({
    queryKey: ['cluster', id, 'spending'],
    meta: { live: ['cluster'], of: id },
    queryFn: async ({ signal }) => {
      const to = endedAt ? new Date(endedAt) : new Date();
      const bucket = to.getTime() - Date.parse(createdAt) > mostHours * hourMs ? 'day' : 'hour';
      const query = { clusterId: id, bucket, from: createdAt, to: to.toISOString() } as const;
      return { bucket, to, ...(await answer(api.public.GET('/spending', { params: { query }, signal }))) } as const;
    },
  });

/** Its invoice; null when there is none. Invoices come newest first, so that of one just ended is found at once. */
export const clusterInvoiceQuery = (clusterId: string) =>
  queryOptions({
    queryKey: ['cluster', clusterId, 'invoice'],
    meta: { live: ['cluster', 'invoice'], of: clusterId },
    queryFn: async ({ signal }) => {
      const invoices = everyItem((cursor) =>
        answer(api.public.GET('/invoices', { params: { query: pageAfter(cursor) }, signal })),
      );
      for await (const invoice of invoices) if (invoice.clusterId === clusterId) return invoice;
      return null;
    },
  });

/** Shows at once what an action answered, and asks anew what follows from it. */
export function changed(cluster: Cluster): void {
  queryClient.setQueryData(clusterQuery(cluster.id).queryKey, cluster);
  void queryClient.invalidateQueries({ queryKey: clusterQuery(cluster.id).queryKey });
}

/** Quotes, clusters and tasks: a translation, with no decision of its own. */
import { type ApiHandlers, type Call, forwardUpgrade } from '@muster/api-http';
import { leasesWithPlaces } from '@muster/api-views';
import {
  clusterCost,
  clusterTimeline,
  createCluster,
  extendCluster,
  getCluster,
  getQuote,
  listClusterLeases,
  listClusters,
  previewQuote,
  quote,
  scaleCluster,
  terminateCluster,
  updateCluster,
} from '@muster/clusters';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import { cancelTask, getTask, listTasks, runTask } from '@muster/tasks';
import type { Redis } from 'ioredis';
import { clusterLogs, type Streams, streamUrl, taskLogs } from './logs.ts';
import { clusterUsage } from './usage.ts';

type Routes = (typeof publicApi)['routes'];

export function clusters(
  context: Context,
  streams: Streams,
  redis: Redis,
): Pick<ApiHandlers<typeof publicApi>, 'quotes' | 'clusters' | 'tasks'> {
  return {
    quotes: {
      create: ({ actor, body }) => quote(context, actor, body),
      preview: ({ body }) => previewQuote(context, body),
      get: ({ actor, params }) => getQuote(context, actor, params.quoteId),
    },
    clusters: {
      create: ({ actor, body, idempotencyId }) =>
        createCluster(context, actor, orderOf(body), {
          awaitPayment: body.awaitPayment,
          ...(idempotencyId && { id: `clu_${idempotencyId}` }),
        }),
      list: ({ actor, query }) => listClusters(context, actor, query),
      get: ({ actor, params }) => getCluster(context, actor, params.clusterId),
      update: ({ actor, params, body, expectedVersion }) =>
        updateCluster(context, actor, params.clusterId, body, { version: expectedVersion }),
      extend: ({ actor, params, body }) => extendCluster(context, actor, params.clusterId, body),
      scale: ({ actor, params, body }) => scaleCluster(context, actor, params.clusterId, body),
      terminate: ({ actor, params, body }) => terminateCluster(context, actor, params.clusterId, body),
      timeline: ({ actor, params, query }) => clusterTimeline(context, actor, params.clusterId, query),
      leases: async ({ actor, params }) => ({
        items: await leasesWithPlaces(context, await listClusterLeases(context, actor, params.clusterId)),
      }),
      cost: ({ actor, params }) => clusterCost(context, actor, params.clusterId),
      usage: clusterUsage(context, redis),
      logs: clusterLogs(context, streams),
      exec: async ({ actor, params, query }, reply) => {
        await getCluster(context, actor, params.clusterId);
        const { rank, ...more } = query;
        await forwardUpgrade(streamUrl(streams, params.clusterId, rank, 'exec', more), reply);
      },
    },
    tasks: {
      run: ({ actor, params, body, idempotencyId }) =>
        runTask(context, actor, params.clusterId, body, idempotencyId ? { id: `tsk_${idempotencyId}` } : {}),
      list: ({ actor, params, query }) => listTasks(context, actor, params.clusterId, query),
      get: ({ actor, params }) => getTask(context, actor, params.taskId),
      cancel: ({ actor, params }) => cancelTask(context, actor, params.taskId),
      logs: taskLogs(context, streams),
    },
  };
}

/** The contract has it that exactly one of the two is there. */
function orderOf({
  quoteId,
  request,
}: Call<Routes['clusters']['create']>['body']): Parameters<typeof createCluster>[2] {
  return request ? { request } : { quoteId: quoteId! };
}

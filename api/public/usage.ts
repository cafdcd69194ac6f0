/** What a cluster's workers use, as its pool measured it. */
import type { Handlers } from '@muster/api-http';
import { getCluster } from '@muster/clusters';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import { readUsage } from '@muster/usage';
import type { Redis } from 'ioredis';

export function clusterUsage(
  context: Context,
  redis: Redis,
): Handlers<(typeof publicApi)['routes']['clusters']>['usage'] {
  return async ({ actor, params, query }) => {
    const { id } = await getCluster(context, actor, params.clusterId);
    return readUsage(redis, id, { now: context.clock.now(), ...query });
  };
}

/** The handlers of the public API. */
import { follow, type Waker } from '@muster/api-feed';
import type { ApiHandlers } from '@muster/api-http';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import type { Redis } from 'ioredis';
import { billing } from './billing.ts';
import { catalogue } from './catalogue.ts';
import { clusters } from './clusters.ts';
import type { Streams } from './logs.ts';
import { organization } from './organization.ts';

export function publicHandlers(
  context: Context,
  { streams, waker, redis }: { streams: Streams; waker: Pick<Waker, 'on'>; redis: Redis },
): ApiHandlers<typeof publicApi> {
  return {
    ...organization(context),
    ...catalogue(context, waker),
    ...clusters(context, streams, redis),
    ...billing(context),
    events: { follow: follow(context, waker, ({ organizationId }) => organizationId) },
  };
}

/** The handlers of the public API. */
import type { ApiHandlers } from '@muster/api-http';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import { billing } from './billing.ts';
import { catalogue } from './catalogue.ts';
import { clusters } from './clusters.ts';
import { follow } from './feed.ts';
import type { Streams } from './logs.ts';
import { organization } from './organization.ts';
import type { Waker } from './wake.ts';

export { createWaker } from './wake.ts';

export function publicHandlers(
  context: Context,
  { streams, waker }: { streams: Streams; waker: Pick<Waker, 'on'> },
): ApiHandlers<typeof publicApi> {
  return {
    ...organization(context),
    ...catalogue(context),
    ...clusters(context, streams),
    ...billing(context),
    events: { follow: follow(context, waker) },
  };
}

/** Following a cluster: its events as they happen, until it is in one of the states that were waited for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Muster, type Schemas } from './connect.ts';

export type Cluster = Schemas['Cluster'];
export type Event = Schemas['Event'];
type State = Cluster['state'];

const pollMs = 400;

/**
 * Shows the timeline of a cluster as it grows, and returns the cluster when it is in one of `states` or has ended.
 * The timeline is read, not the feed: what happened before the watch began is shown too, and nothing is missed.
 */
export async function watchCluster(
  api: Muster,
  clusterId: string,
  states: State[],
  onEvent: (event: Event) => void,
): Promise<Cluster> {
  let cursor: string | undefined;
  let seen = 0;
  for (;;) {
    const path = { clusterId };
    const cluster = await ask(api.public.GET('/clusters/{clusterId}', { params: { path } }));
    // The page that is not full yet has no cursor: it is read again, and what was seen of it is left out.
    for (;;) {
      const page = await ask(
        api.public.GET('/clusters/{clusterId}/events', {
          params: { path, query: { limit: 200, ...(cursor && { cursor }) } },
        }),
      );
      page.items.slice(seen).forEach(onEvent);
      seen = page.items.length;
      if (!page.nextCursor) break;
      cursor = page.nextCursor;
      seen = 0;
    }
    if (states.includes(cluster.state) || cluster.endedAt) return cluster;
    await sleep(pollMs);
  }
}

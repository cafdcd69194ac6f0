/** How answers are kept and renewed: the feed says what has become stale, so nothing is polled. */
import { Problem } from '@muster/contract/client';
import { QueryCache, QueryClient } from '@tanstack/react-query';
import { connection } from './connection.ts';

export type SubjectKind = 'cluster' | 'task' | 'worker' | 'pool' | 'organization' | 'invoice';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: Problem | Error;
    queryMeta: {
      /** Events of these subjects make the answer stale; `market` is a change of offers, prices or public numbers. */
      live?: readonly (SubjectKind | 'market')[];
      /** Only events that concern this id, when the answer is about one thing. */
      of?: string;
    };
  }
}

/** What is to be done when an answer says that nobody is signed in any more; the root of all pages sets it. */
export const whenSignedOut = { act: (): void => {} };

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isUnreachable(error)) connection.lost();
      if (error instanceof Problem && error.code === 'unauthenticated') whenSignedOut.act();
    },
    onSuccess: () => connection.answered(),
  }),
  defaultOptions: {
    queries: {
      // What the feed does not tell of is read again when a page is opened, at most every half minute.
      staleTime: 30_000,
      networkMode: 'always',
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      retry: (failures, error) => failures < 2 && isPassing(error),
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
    },
    mutations: { networkMode: 'always' },
  },
});

/** There was no answer at all. */
export function isUnreachable(error: unknown): boolean {
  return error instanceof Problem && error.status === 0;
}

/** Worth asking again soon. */
function isPassing(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status === 502 || error.status === 503);
}

/** What happened, as far as it makes answers stale. */
export interface Change {
  kind: SubjectKind | 'market';
  /** Every id that the change concerns; none concerns all. */
  ids: readonly string[];
}

const waiting: Change[] = [];
/** Changes come in bursts: a cluster that starts tells five in a second. */
const gatherMs = 200;

/** Renews every answer on the page that a change made stale. */
export function changed(change: Change): void {
  waiting.push(change);
  if (waiting.length === 1) setTimeout(renew, gatherMs);
}

function renew(): void {
  const changes = waiting.splice(0);
  void queryClient.invalidateQueries({
    predicate: ({ meta }) =>
      changes.some(
        ({ kind, ids }) =>
          meta?.live?.includes(kind) && (meta.of === undefined || ids.length === 0 || ids.includes(meta.of)),
      ),
  });
}

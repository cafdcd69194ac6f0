/** The feed: one stream for all tabs of a browser, which says what has changed and whether the platform answers. */
import { followChanges, followEvents, Problem, type Schemas } from '@muster/contract/client';
import { useEffect } from 'react';
import { api } from './api.ts';
import { connection } from './connection.ts';
import { type Change, changed, queryClient, whenSignedOut } from './queries.ts';
import { useSession } from './session.ts';
import { amongTabs } from './tabs.ts';

type Event = Schemas['Event'];

const listeners = new Set<(event: Event) => void>();

/**
 * Follows what concerns whoever is here: their organization's events, an operator's also everybody's, a visitor's the
 * market. Mounted once, above all pages.
 */
export function useLive(): void {
  const { me } = useSession();
  const organizationId = me?.organization.id;
  const everywhere = me?.scopes.includes('operator:read') ?? false;

  useEffect(() => {
    const end = new AbortController();
    const who = organizationId === undefined ? 'visitor' : `${organizationId}${everywhere ? ' everywhere' : ''}`;
    void amongTabs<News>(`muster.feed.${who}`, end.signal, hear, async ({ tell, tookOver }) => {
      if (tookOver) tell({ what: 'gap' });
      const failed = new AbortController();
      try {
        const options = { signal: AbortSignal.any([end.signal, failed.signal]), tell };
        if (organizationId === undefined) await market({ ...options, told: true });
        else await Promise.all([events({ ...options, everywhere }), market(options)]);
      } catch (error) {
        // Neither of the two streams goes on without the other.
        failed.abort();
        if (error instanceof Problem && error.code === 'unauthenticated') tell({ what: 'signed out' });
        else if (!end.signal.aborted) throw error;
      }
    });
    return () => end.abort();
  }, [organizationId, everywhere]);

  useEffect(() => {
    const renew = () => void queryClient.invalidateQueries();
    const offline = () => connection.lost();
    addEventListener('offline', offline);
    // Whether it is true is seen by asking.
    addEventListener('online', renew);
    const end = connection.onRecovery(renew);
    return () => {
      removeEventListener('offline', offline);
      removeEventListener('online', renew);
      end();
    };
  }, []);
}

/** Over so long the browsers come back that a change of the market calls. */
const marketSpreadMs = 1_500;

/** What the leading tab tells all tabs. */
type News =
  | { what: 'event'; event: Event }
  | { what: 'market' }
  | { what: 'connection'; connected: boolean }
  /** Something may have passed by unheard. */
  | { what: 'gap' }
  /** The session has ended elsewhere. */
  | { what: 'signed out' };

function hear(news: News): void {
  switch (news.what) {
    case 'event':
      changed(changeOf(news.event));
      for (const listener of listeners) listener(news.event);
      break;
    case 'market':
      changed({ kind: 'market', ids: [] });
      break;
    case 'connection':
      if (news.connected) connection.answered();
      else connection.lost();
      break;
    case 'gap':
      void queryClient.invalidateQueries();
      break;
    case 'signed out':
      whenSignedOut.act();
      break;
  }
}

interface Following {
  signal: AbortSignal;
  tell: (news: News) => void;
}

const connectionOf = (tell: Following['tell']) => (connected: boolean) => tell({ what: 'connection', connected });

async function events({ tell, ...options }: Following & { everywhere: boolean }): Promise<void> {
  for await (const { event } of followEvents(api, { ...options, onConnection: connectionOf(tell) }))
    tell({ what: 'event', event });
}

/** @param told whether it is this stream that says if the platform answers */
async function market({ tell, signal, told = false }: Following & { told?: boolean }): Promise<void> {
  // Not all browsers at the same instant.
  for await (const _ of followChanges(api, { signal, ...(told && { onConnection: connectionOf(tell) }) }))
    setTimeout(tell, Math.random() * marketSpreadMs, { what: 'market' });
}

function changeOf({ subjectKind, subjectId, body }: Event): Change {
  const related = ['clusterId', 'workerId', 'poolId', 'organizationId'].map((name) => body[name]);
  return { kind: subjectKind, ids: [subjectId, ...related.filter((id) => typeof id === 'string')] };
}

/** Calls `listener` with every event that comes while the page is open. */
export function useEvents(listener: (event: Event) => void): void {
  useEffect(() => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listener]);
}

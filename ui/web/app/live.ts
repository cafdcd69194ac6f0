/** The feed: one stream for the whole page, which says what has changed and whether the platform answers. */
import { followChanges, followEvents, Problem, type Schemas } from '@muster/contract/client';
import { useEffect } from 'react';
import { api } from './api.ts';
import { connection } from './connection.ts';
import { type Change, changed, queryClient, whenSignedOut } from './queries.ts';
import { useSession } from './session.ts';

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
    const options = {
      signal: end.signal,
      onConnection: (connected: boolean) => (connected ? connection.answered() : connection.lost()),
    };
    const follow =
      organizationId === undefined
        ? market(options)
        : Promise.all([events({ ...options, everywhere }), market({ signal: end.signal })]);
    follow.catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'unauthenticated') whenSignedOut.act();
      else if (!end.signal.aborted) throw error;
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

interface Following {
  signal: AbortSignal;
  onConnection?: (connected: boolean) => void;
}

async function events(options: Following & { everywhere: boolean }): Promise<void> {
  for await (const { event } of followEvents(api, options)) {
    changed(changeOf(event));
    for (const listener of listeners) listener(event);
  }
}

async function market(options: Following): Promise<void> {
  for await (const _ of followChanges(api, options)) changed({ kind: 'market', ids: [] });
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

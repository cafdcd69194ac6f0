/** Who uses this browser: asked once, kept among the queries, and renewed by whatever signs in, out or over. */
import type { Scope } from '@muster/common/actor';
import { answer, Problem, type Schemas } from '@muster/contract/client';
import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import { api, setCsrfToken } from './api.ts';
import { queryClient } from './queries.ts';

export type Me = Schemas['Me'];

export interface Session {
  /** Null for a visitor. */
  me: Me | null;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
  queryFn: async (): Promise<Session> => {
    // A visitor gets an empty token, so that looking who it is never fails.
    const { csrfToken } = await answer(api.public.GET('/csrf'));
    setCsrfToken(csrfToken);
    return { me: csrfToken === '' ? null : await answer(api.public.GET('/me')) };
  },
});

export function useSession(): Session {
  return useSuspenseQuery(sessionQuery).data;
}

/** The person who is signed in. Only for pages that visitors do not reach. */
export function useMe(): Me {
  const { me } = useSession();
  if (!me) throw new Error('This page is for people who are signed in.');
  return me;
}

export function may({ me }: Session, scope: Scope): boolean {
  return me?.scopes.includes(scope) ?? false;
}

/** Whether whoever is here holds a scope: what they may not do is not offered. */
export function useMay(scope: Scope): boolean {
  return may(useSession(), scope);
}

/** One cookie serves all tabs of a browser: after this, what another shows is not whose it says, and what it sends would be. */
const tabs = new BroadcastChannel('muster.session');
tabs.onmessage = () => location.reload();

/** After signing in, out or over in this tab. */
export function sessionChanged(): Promise<Session> {
  tabs.postMessage(null);
  return renewSession();
}

/** Nothing that was read as somebody else stays. */
export async function renewSession(): Promise<Session> {
  // Not `clear`: who watches the session, as the feed does, would go on watching an answer that is gone.
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  queryClient.getMutationCache().clear();
  return queryClient.fetchQuery({ ...sessionQuery, staleTime: 0 });
}

export async function signOut(): Promise<void> {
  await api.public.POST('/logout', { body: {} }).catch((error: unknown) => {
    // It may have ended already, elsewhere.
    if (!(error instanceof Problem && error.code === 'unauthenticated')) throw error;
  });
  setCsrfToken('');
  // What this tab has kept of a draft is not for whoever comes next.
  sessionStorage.clear();
  await sessionChanged();
}

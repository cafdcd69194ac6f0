/** One parameter of the address as state of the page: a tab, a span of time, what is open. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { one, type Search } from './search.ts';

/**
 * @returns its value, and how to change it: nothing removes it. Going back does not go through every choice, unless `push` says so.
 */
export function useParameter(
  name: string,
  { push = false }: { push?: boolean } = {},
): [value: string | undefined, set: (value: string | null | undefined) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const set = useCallback(
    (value: string | null | undefined) =>
      void navigate({
        to: '.',
        search: (before: Search) => ({ ...before, [name]: value ?? undefined }),
        replace: !push,
        resetScroll: false,
      }),
    [navigate, name, push],
  );
  return [one(search[name]), set];
}

/** What a page keeps in its address: read as plain text, changed without leaving the page or moving it. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import type { Search } from './search.ts';

/**
 * The parameters of the address, and a function that changes some of them; `undefined` takes one out.
 *
 * @example const [search, change] = useAddress(); change({ tab: 'logs' });
 */
export function useAddress(): [search: Search, change: (parameters: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (parameters: Search) =>
      void navigate({
        to: '.',
        search: ((before: Search) => ({ ...before, ...parameters })) as never,
        replace: true,
        resetScroll: false,
      }),
    [navigate],
  );
  return [search, change];
}

/** What a page keeps in its address: read as plain text, changed without leaving the page or moving it. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { one, type Search } from './search.ts';

/**
 * The parameters of the address, and a function that changes some of them; `undefined` takes one out.
 *
 * @example const [search, change] = useAddress(); change({ tab: 'logs' });
 */
export function useAddress({
  push = false,
}: {
  push?: boolean;
} = {}): [search: Search, change: (parameters: Search) => void] {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const change = useCallback(
    (parameters: Search) =>
      void navigate({
        to: '.',
        search: ((before: Search) => ({ ...before, ...parameters })) as never,
        replace: !push,
        resetScroll: false,
      }),
    [navigate, push],
  );
  return [search, change];
}

/**
 * One parameter of the address as state of the page: a tab, a span of time, what is open.
 *
 * @param options `push`: going back goes through each choice
 * @returns its value, and what changes it: nothing takes it out
 */
export function useParameter(
  name: string,
  options: { push?: boolean } = {},
): [value: string | undefined, set: (value: string | null | undefined) => void] {
  const [search, change] = useAddress(options);
  const set = useCallback((value: string | null | undefined) => change({ [name]: value ?? undefined }), [change, name]);
  return [one(search[name]), set];
}

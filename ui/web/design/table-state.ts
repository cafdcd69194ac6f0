/** A table's search, filters, order and columns as they stand in the address, so that they survive a reload and can be sent to somebody. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Search } from '../app/search.ts';
import { parseState } from './table-address.ts';

/** The address is written when typing pauses: browsers allow only so many changes of it. */
const typingPauseMs = 300;

/** The state of a table, and what changes it. What is typed counts at once, and stands in the address a moment later. */
export function useTableState(
  table: string,
  columns: readonly { id: string; facet?: unknown }[],
  defaultSort: string | undefined,
) {
  const search = useSearch({ strict: false }) as Search;
  const navigate = useNavigate();
  const state = useMemo(() => parseState(search, table, columns, defaultSort), [search, table, columns, defaultSort]);

  const write = useCallback(
    (changes: Record<string, string | string[] | undefined>) => {
      const named = Object.fromEntries(Object.entries(changes).map(([name, value]) => [`${table}.${name}`, value]));
      void navigate({
        to: '.',
        search: ((previous: Search) => ({ ...previous, ...named })) as never,
        replace: true,
        resetScroll: false,
      });
    },
    [navigate, table],
  );

  const [typed, setTyped] = useState(state.query);
  const written = useRef(state.query);
  useEffect(() => {
    // The address has changed otherwise than by typing: by the back button, or by a link.
    if (state.query !== written.current) setTyped(state.query);
    written.current = state.query;
  }, [state.query]);
  useEffect(() => {
    if (typed === written.current) return;
    const timer = setTimeout(() => {
      written.current = typed;
      write({ q: typed || undefined });
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed, write]);

  const clear = () => {
    setTyped('');
    written.current = '';
    write({ q: undefined, ...Object.fromEntries([...state.chosen.keys()].map((id) => [id, undefined])) });
  };

  return { ...state, query: typed, setQuery: setTyped, write, clear };
}

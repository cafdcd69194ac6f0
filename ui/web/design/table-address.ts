/** What the address says of a table: its search, order, filters and columns. */
import { many, one, type Search } from '../app/search.ts';
import type { Chosen } from './table-rows.ts';

export interface Sort {
  id: string;
  desc: boolean;
}

export interface TableState {
  query: string;
  sort: Sort | undefined;
  chosen: Chosen;
  /** The columns that the reader chose; undefined before that. */
  shown: string[] | undefined;
}

/** `name`, or `-name` for descending. */
export function parseSort(text: string | undefined): Sort | undefined {
  if (!text) return undefined;
  return text.startsWith('-') ? { id: text.slice(1), desc: true } : { id: text, desc: false };
}

export function writeSort({ id, desc }: Sort): string {
  return desc ? `-${id}` : id;
}

/** What the address says of a table; columns that it does not have are passed over. */
export function parseState(
  search: Search,
  table: string,
  columns: readonly { id: string; facet?: unknown }[],
  defaultSort: string | undefined,
): TableState {
  const known = new Set(columns.map(({ id }) => id));
  const sort = parseSort(one(search[`${table}.sort`]) ?? defaultSort);
  const shown = many(search[`${table}.columns`]).filter((id) => known.has(id));
  const chosen = new Map<string, ReadonlySet<string>>();
  for (const { id, facet } of columns) {
    const keys = facet ? many(search[`${table}.${id}`]) : [];
    if (keys.length > 0) chosen.set(id, new Set(keys));
  }
  return {
    query: one(search[`${table}.q`]) ?? '',
    sort: sort && known.has(sort.id) ? sort : undefined,
    chosen,
    shown: shown.length > 0 ? shown : undefined,
  };
}

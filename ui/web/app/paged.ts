/** Lists that come page by page: read whole where they are short by nature, else as far as the reader asks. */
import { everyItem } from '@muster/contract/client';

export interface Paged<Item> {
  items: Item[];
  nextCursor: string | null;
}

/** The most that one answer of a list holds. */
const mostItems = 200;

/** The part of a query that names a page. */
export const pageAfter = (cursor: string | undefined) => ({
  limit: mostItems,
  ...(cursor !== undefined && { cursor }),
});

/** Every item of a list. */
export function whole<Item>(read: (page: ReturnType<typeof pageAfter>) => Promise<Paged<Item>>): Promise<Item[]> {
  return Array.fromAsync(everyItem((cursor) => read(pageAfter(cursor))));
}

/** What an infinite query of a list of ours is made with. */
export const nextPage = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ nextCursor }: { nextCursor: string | null }) => nextCursor ?? undefined,
};

/** The rows of an infinite query, for its `select`. */
export function rowsOf<Item>({ pages }: { pages: Paged<Item>[] }): Item[] {
  return pages.flatMap(({ items }) => items);
}

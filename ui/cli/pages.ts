/** Lists: `--limit` items at most, read page by page. */
import type { Command } from 'commander';
import { positive } from './request.ts';

export interface PageFlags {
  limit: number;
}

export function pageFlags(command: Command): Command {
  return command.option('--limit <n>', 'how many at most', positive, 50);
}

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** Reads pages until there are `limit` items or no more. */
export async function readPages<T>(
  { limit }: PageFlags,
  read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<Page<T>> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read({ limit: Math.min(limit - items.length, 200), ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor && items.length < limit);
  return { items, nextCursor: cursor ?? null };
}

/** Finds commands by words: each must occur; those come first whose name begins with what was typed. */

interface Named {
  group: string;
  label: string;
  note?: string;
}

export function byWords<Item extends Named>(items: readonly Item[], query: string): Item[] {
  const typed = query.trim().toLowerCase();
  if (typed === '') return [...items];
  const words = typed.split(/\s+/);
  return items
    .map((item) => ({ item, rank: rankOf(item, typed, words) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .map(({ item }) => item);
}

/** 0 when it does not match. */
function rankOf({ group, label, note = '' }: Named, typed: string, words: readonly string[]): number {
  const name = label.toLowerCase();
  const all = `${name} ${note} ${group}`.toLowerCase();
  if (!words.every((word) => all.includes(word))) return 0;
  if (name.startsWith(typed) || note.toLowerCase() === typed) return 4;
  if (name.split(/\s+/).some((word) => word.startsWith(typed))) return 3;
  return words.every((word) => name.includes(word)) ? 2 : 1;
}

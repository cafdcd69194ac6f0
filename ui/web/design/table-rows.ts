/** Which rows of a table are shown, and in what order: plain functions that go through 100,000 rows within a frame or two. */

export type Value = string | number | bigint | boolean | null | undefined;

/** What these functions need to know of a column. */
export interface Source<Row> {
  id: string;
  value: (row: Row) => Value;
  facet?: true | ((value: string) => string);
}

/** How the absence of a value stands in a facet and in the address, which has no place for nothing. */
export const noValue = '–';

/** The value by which a row is counted in a facet. */
export function facetKey(value: Value): string {
  return value === null || value === undefined || value === '' ? noValue : String(value);
}

/** What a facet's value is called. */
export function facetLabel<Row>(column: Source<Row>, key: string): string {
  return typeof column.facet === 'function' && key !== noValue ? column.facet(key) : key;
}

/** The rows in order of a column. Equal ones stay as they came; those without a value come last in both directions. */
export function sorted<Row>(
  rows: readonly Row[],
  value: (row: Row) => Value,
  descending: boolean,
  locale: string,
): readonly Row[] {
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const sign = descending ? -1 : 1;
  const present: { row: Row; key: NonNullable<Value> }[] = [];
  const absent: Row[] = [];
  for (const row of rows) {
    const key = value(row);
    if (key === null || key === undefined || key === '') absent.push(row);
    else present.push({ row, key });
  }
  present.sort((a, b) =>
    typeof a.key === 'string' && typeof b.key === 'string'
      ? sign * compare(a.key, b.key)
      : a.key < b.key
        ? -sign
        : a.key > b.key
          ? sign
          : 0,
  );
  return [...present.map(({ row }) => row), ...absent];
}

/** The words that must all occur in a row. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** All that a row can be found by, in lower case, so that a search is nothing but `includes`. */
export function haystackOf<Row extends object>(columns: readonly Source<Row>[]): (row: Row) => string {
  const known = new WeakMap<Row, string>();
  return (row) => {
    const found = known.get(row);
    if (found !== undefined) return found;
    const texts = columns.map((column) => {
      const value = column.value(row);
      if (value === null || value === undefined) return '';
      return typeof column.facet === 'function' ? `${value} ${column.facet(String(value))}` : String(value);
    });
    const text = texts.join('\n').toLowerCase();
    known.set(row, text);
    return text;
  };
}

/** The chosen values of each faceted column; none chosen is all. */
export type Chosen = ReadonlyMap<string, ReadonlySet<string>>;

/** The rows that have every word and, in each column with a choice, one of the chosen values. */
export function matching<Row>(
  rows: readonly Row[],
  columns: readonly Source<Row>[],
  chosen: Chosen,
  words: readonly string[],
  haystack: (row: Row) => string,
): readonly Row[] {
  const tests = columns
    .map(({ id, value }) => ({ value, keys: chosen.get(id) }))
    .filter(({ keys }) => keys !== undefined && keys.size > 0);
  if (tests.length === 0 && words.length === 0) return rows;
  return rows.filter(
    (row) =>
      tests.every(({ value, keys }) => keys!.has(facetKey(value(row)))) &&
      (words.length === 0 || words.every((word) => haystack(row).includes(word))),
  );
}

/** How many rows there are of each value, in order of their names; chosen values stand there also when there is none. */
export function facets<Row>(
  rows: readonly Row[],
  column: Source<Row>,
  chosen: Iterable<string>,
  locale: string,
): { key: string; label: string; count: number }[] {
  const counts = new Map<string, number>([...chosen].map((key) => [key, 0]));
  for (const row of rows) {
    const key = facetKey(column.value(row));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return [...counts]
    .map(([key, count]) => ({ key, label: facetLabel(column, key), count }))
    .sort((a, b) => compare(a.label, b.label));
}

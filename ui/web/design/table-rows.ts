/**
 * Which rows of a table are shown, and in what order. For 100,000 rows a search takes some 20 ms: rows are gone through in
 * the order in which they lie in memory, and stand for their places in the list, as numbers, until they are drawn.
 */

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
  return isAbsent(value) ? noValue : String(value);
}

function isAbsent(value: Value): value is null | undefined | '' {
  return value === null || value === undefined || value === '';
}

/**
 * The places of all rows in order of a column. Equal ones stay as they came; those without a value come last in both
 * directions.
 */
export function inOrder<Row>(
  rows: readonly Row[],
  by: ((row: Row) => Value) | undefined,
  descending: boolean,
  locale: string,
): Uint32Array {
  const places = Uint32Array.from(rows, (_, place) => place);
  if (!by) return places;
  const { compare } = new Intl.Collator(locale, { numeric: true });
  const values = rows.map(by);
  const sign = descending ? -1 : 1;
  return places.sort((one, other) => {
    const a = values[one];
    const b = values[other];
    if (isAbsent(a) || isAbsent(b)) return Number(isAbsent(a)) - Number(isAbsent(b));
    if (typeof a === 'string' && typeof b === 'string') return sign * compare(a, b);
    return a < b ? -sign : a > b ? sign : 0;
  });
}

/** The words that must all occur in a row. */
export function wordsOf(query: string): string[] {
  return query.toLowerCase().split(/\s+/).filter(Boolean);
}

/** All that each row can be found by, in lower case: a facet's value also by what it is called. */
export function textsOf<Row>(rows: readonly Row[], columns: readonly Source<Row>[]): string[] {
  return rows.map((row) => {
    let text = '';
    for (const { value, facet } of columns) {
      const found = value(row);
      if (isAbsent(found)) continue;
      text += `\n${found}`;
      if (typeof facet === 'function') text += ` ${facet(String(found))}`;
    }
    return text.toLowerCase();
  });
}

/** The chosen values of each faceted column; a column that is absent takes all. */
export type Chosen = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Marks with 1 the rows that have every word and, in each column with a choice, one of the chosen values.
 *
 * @param texts asked for only when there are words
 */
export function matching<Row>(
  rows: readonly Row[],
  columns: readonly Source<Row>[],
  chosen: Chosen,
  words: readonly string[],
  texts: () => readonly string[],
): Uint8Array {
  const marks = new Uint8Array(rows.length).fill(1);
  for (const { id, value } of columns) {
    const keys = chosen.get(id);
    if (keys)
      for (let place = 0; place < marks.length; place++)
        marks[place]! &= Number(keys.has(facetKey(value(rows[place]!))));
  }
  for (const word of words) {
    const all = texts();
    for (let place = 0; place < marks.length; place++)
      if (marks[place] === 1) marks[place] = Number(all[place]!.includes(word));
  }
  return marks;
}

/** The places of the rows that are marked, in order. */
export function select(order: Uint32Array, marks: Uint8Array): Uint32Array {
  return order.filter((place) => marks[place] === 1);
}

export interface FacetValue {
  key: string;
  label: string;
  count: number;
}

/** How many of the marked rows there are of each value, by name; chosen values stand there also when there is none. */
export function facets<Row>(
  rows: readonly Row[],
  marks: Uint8Array,
  { value, facet }: Source<Row>,
  chosen: Iterable<string>,
  locale: string,
): FacetValue[] {
  const counts = new Map<string, number>([...chosen].map((key) => [key, 0]));
  rows.forEach((row, place) => {
    if (marks[place] !== 1) return;
    const key = facetKey(value(row));
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  const { compare } = new Intl.Collator(locale, { numeric: true });
  return [...counts]
    .map(([key, count]) => ({ key, label: typeof facet === 'function' && key !== noValue ? facet(key) : key, count }))
    .sort((a, b) => compare(a.label, b.label));
}

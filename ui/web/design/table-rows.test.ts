/** A table shows exactly the rows that match, in the order that was asked for, and counts them rightly. */
import fc from 'fast-check';
import { facets, inOrder, matching, noValue, select, textsOf, wordsOf } from './table-rows.ts';

interface Row {
  name: string | null;
  price: bigint | null;
  state: string;
}

const rows: Row[] = [
  { name: 'node-10', price: 2n, state: 'idle' },
  { name: null, price: null, state: 'down' },
  { name: 'node-9', price: 10n, state: 'idle' },
  { name: 'Äther', price: 10n, state: '' },
];
const columns = [
  { id: 'name', value: ({ name }: Row) => name },
  { id: 'price', value: ({ price }: Row) => price },
  { id: 'state', value: ({ state }: Row) => state, facet: (state: string) => (state === 'idle' ? 'Frei' : state) },
];
const texts = () => textsOf(rows, columns);
const names = (places: Uint32Array) => Array.from(places, (place) => rows[place]!.name);
const shown = (query: string, chosen: [string, string[]][] = []) => {
  const marks = matching(
    rows,
    columns,
    new Map(chosen.map(([id, keys]) => [id, new Set(keys)])),
    wordsOf(query),
    texts,
  );
  return names(select(inOrder(rows, undefined, false, 'en'), marks));
};

test('text is sorted as people count, money as numbers; what has no value comes last in both directions', () => {
  expect(names(inOrder(rows, columns[0]!.value, false, 'en'))).toEqual(['Äther', 'node-9', 'node-10', null]);
  expect(names(inOrder(rows, columns[0]!.value, true, 'en'))).toEqual(['node-10', 'node-9', 'Äther', null]);
  expect(names(inOrder(rows, columns[1]!.value, false, 'en'))).toEqual(['node-10', 'node-9', 'Äther', null]);
});

test('equal rows stay as they came, in both directions', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3 })), fc.boolean(), (values, descending) => {
      const places = [...inOrder(values, (value) => value, descending, 'en')];
      const expected = values
        .map((value, place) => ({ value, place }))
        .sort((a, b) => (descending ? b.value - a.value : a.value - b.value));
      expect(places).toEqual(expected.map(({ place }) => place));
    }),
  );
});

test('a row is found by all the words, in any case, also by what a state is called', () => {
  expect(shown('NODE 9')).toEqual(['node-9']);
  expect(shown('frei')).toEqual(['node-10', 'node-9']);
  expect(shown('node äther')).toEqual([]);
  expect(shown('')).toHaveLength(rows.length);
});

test('within a column any chosen value will do, across columns each must', () => {
  expect(shown('', [['state', ['down', 'idle']]])).toEqual(['node-10', null, 'node-9']);
  expect(
    shown('', [
      ['state', ['idle']],
      ['price', ['10']],
    ]),
  ).toEqual(['node-9']);
  expect(shown('', [['state', [noValue]]])).toEqual(['Äther']);
});

test('a facet counts the marked rows of each value, and keeps a chosen one that has none', () => {
  const marks = matching(rows, columns, new Map(), ['node'], texts);
  expect(facets(rows, marks, columns[2]!, ['down'], 'en')).toEqual([
    { key: 'down', label: 'down', count: 0 },
    { key: 'idle', label: 'Frei', count: 2 },
  ]);
});

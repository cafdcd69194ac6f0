/** A table's state in the address comes back as it was, and an address that somebody has altered breaks nothing. */
import { parseSearch, stringifySearch } from '../app/search.ts';
import { parseSort, parseState, writeSort } from './table-address.ts';

const columns = [{ id: 'name' }, { id: 'state', facet: true }, { id: 'price' }];

test('what is written into the address is read from it again', () => {
  const query = stringifySearch({
    'w.q': 'a & b',
    'w.sort': '-price',
    'w.state': ['idle', 'down'],
    'w.columns': ['name', 'price'],
    other: 'x',
  });
  const state = parseState(parseSearch(query), 'w', columns, 'name');
  expect(state).toEqual({
    query: 'a & b',
    sort: { id: 'price', desc: true },
    chosen: new Map([['state', new Set(['idle', 'down'])]]),
    shown: ['name', 'price'],
  });
});

test('columns that the table does not have are passed over, and so are filters of columns that offer none', () => {
  const state = parseState({ 'w.sort': 'gone', 'w.columns': 'gone', 'w.name': 'x' }, 'w', columns, 'name');
  expect(state).toEqual({ query: '', sort: undefined, chosen: new Map(), shown: undefined });
});

test('the order that the page asks for holds until the reader chooses another', () => {
  expect(parseState({}, 'w', columns, '-price').sort).toEqual({ id: 'price', desc: true });
  expect(parseState({ 'w.sort': 'name' }, 'w', columns, '-price').sort).toEqual({ id: 'name', desc: false });
  expect(writeSort(parseSort('-price')!)).toBe('-price');
});

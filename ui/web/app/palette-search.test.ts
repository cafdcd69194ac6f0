/** What one types into the palette finds it: the name first, then the id and the group. */
import { byWords } from './palette-search.ts';

const items = [
  { group: 'Admin', label: 'All clusters' },
  { group: 'Clusters', label: 'training', note: 'clu_1' },
  { group: 'Console', label: 'Clusters' },
];
const found = (query: string) => byWords(items, query).map(({ label }) => label);

test('names that begin so come before words within names, and those before groups', () => {
  expect(found('clus')).toEqual(['Clusters', 'All clusters', 'training']);
});

test('every word must occur somewhere; an id finds its thing', () => {
  expect(found('clusters admin')).toEqual(['All clusters']);
  expect(found('CLU_1')).toEqual(['training']);
  expect(found('nothing')).toEqual([]);
  expect(found(' ')).toHaveLength(3);
});

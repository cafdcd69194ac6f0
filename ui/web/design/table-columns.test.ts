/** A table never has to be scrolled sideways for what can be spared. */
import { type Fitted, fitting, widthOf } from './table-columns.ts';

interface Named extends Fitted {
  id: string;
}

const columns: Named[] = [
  { id: 'name', width: 200, from: 'lg' },
  { id: 'state', width: 100 },
  { id: 'country', from: 'sm', width: 100 },
  { id: 'owner', from: 'lg', width: 100 },
  { id: 'since', from: 'md', width: 100 },
  { id: 'site', from: 'lg', width: 100 },
  { id: 'note', hidden: true, width: 100 },
];
const shown = (pixels: number) => fitting(columns, pixels).map(({ id }) => id);

test('where there is room, all are shown that are not hidden', () => {
  expect(shown(700)).toEqual(['name', 'state', 'country', 'owner', 'since', 'site']);
});

test('the last of those that can best be spared goes first, and no more than must', () => {
  expect(shown(699)).toEqual(['name', 'state', 'country', 'owner', 'since']);
  expect(shown(599)).toEqual(['name', 'state', 'country', 'since']);
  expect(shown(499)).toEqual(['name', 'state', 'country']);
  expect(shown(399)).toEqual(['name', 'state']);
});

test('the first, and those that cannot be spared, stay however narrow it is', () => {
  expect(shown(0)).toEqual(['name', 'state']);
});

test('a column that names no width still takes some', () => {
  expect(widthOf([{}, { width: 60 }])).toBe(200);
});

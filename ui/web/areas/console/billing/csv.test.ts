/** What is exported reads back as it was, and nothing in it is run by a spreadsheet. */
import { csvOf } from './csv.ts';

test('separators, quotes and line breaks are quoted; amounts stay numbers, formulas become text', () => {
  expect(
    csvOf([
      ['a,b', 'say "x"', 'two\nlines'],
      ['-1.234567', '=1+1', '+cmd'],
    ]),
  ).toBe('"a,b","say ""x""","two\nlines"\r\n-1.234567,\'=1+1,\'+cmd\r\n');
});

/** Addresses are plain text that people can read and send: what stands in them comes back as it was. */
import fc from 'fast-check';
import { many, one, parseSearch, stringifySearch } from './search.ts';

test('any parameters with any values, once or repeated, come back', () => {
  const value = fc.string({ minLength: 1 });
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(value, fc.array(value, { minLength: 2 }))),
      (search) => {
        expect(Object.entries(parseSearch(stringifySearch(search)))).toEqual(Object.entries(search));
      },
    ),
  );
});

test('a parameter named like a part of every object is one like any other', () => {
  expect(Object.entries(parseSearch('?__proto__=a&__proto__=b&constructor=c'))).toEqual([
    ['__proto__', ['a', 'b']],
    ['constructor', 'c'],
  ]);
});

test('what is empty or absent leaves no trace', () => {
  expect(stringifySearch({ a: undefined, b: null, c: '', d: [] })).toBe('');
  expect(stringifySearch({ a: 'x', b: undefined })).toBe('?a=x');
});

test('a parameter is read as one or as many, however often it stands there', () => {
  expect([one(undefined), one('a'), one(['a', 'b'])]).toEqual([undefined, 'a', 'a']);
  expect([many(undefined), many('a'), many(['a', 'b'])]).toEqual([[], ['a'], ['a', 'b']]);
});

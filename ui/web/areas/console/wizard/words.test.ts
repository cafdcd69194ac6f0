import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lineOf, quoted, wordsOf } from './words.ts';

describe('command lines', () => {
  test('are split as a shell splits them', () => {
    expect(wordsOf(`sh -c "echo 'a b' \\"c\\" \\$x"`)).toEqual(['sh', '-c', `echo 'a b' "c" $x`]);
    expect(wordsOf(`  a\\ b  'it'\\''s' "" x"y"z `)).toEqual(['a b', "it's", '', 'xyz']);
    expect(wordsOf('')).toEqual([]);
  });

  test('can be read while a quote is still open', () => {
    expect(wordsOf('echo "still ty')).toEqual(['echo', 'still ty']);
  });

  test('give back every word that was quoted, whatever it holds', () => {
    fc.assert(fc.property(fc.array(fc.string()), (words) => expect(wordsOf(lineOf(words))).toEqual(words)));
  });

  test('leave harmless words as they are, and let nothing out of its quotes', () => {
    expect(quoted('--lr=0.1')).toBe('--lr=0.1');
    expect(quoted("a'; rm -rf /")).toBe(`'a'\\''; rm -rf /'`);
    expect(quoted('')).toBe("''");
  });
});

/** Of a log that comes in pieces, and is opened again in between, every line is shown once and as plain text. */
import fc from 'fast-check';
import { cutLines, hasStamp, plain, withoutRepeated, withoutStamp } from './log-lines.ts';

test('however a log is cut into pieces, its lines are the same', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z ]*$/)), fc.array(fc.nat(7)), (lines, cuts) => {
      const text = lines.map((line) => `${line}\n`).join('');
      let rest = '';
      const found: string[] = [];
      let from = 0;
      for (const length of [...cuts, text.length]) {
        const cut = cutLines(rest, text.slice(from, from + length));
        found.push(...cut.lines);
        rest = cut.rest;
        from += length;
      }
      expect([found, rest]).toEqual([lines, '']);
    }),
  );
});

test('what steers a terminal is left out; a line that was written over is its last version', () => {
  expect(plain('\u001b[1;32mok\u001b[0m done\r')).toBe('ok done');
  expect(plain('\u001b]0;title\u0007x\u001b]8;;http://a\u001b\\y')).toBe('xy');
  expect(plain('10 %\r50 %\r100 %')).toBe('100 %');
});

test('after a log was opened again, what was there already is not shown again', () => {
  const known = ['a', 'b', 'c'];
  expect(withoutRepeated(known, [])).toBeUndefined();
  expect(withoutRepeated(known, ['b'])).toBeUndefined();
  expect(withoutRepeated(known, ['b', 'c'])).toEqual([]);
  expect(withoutRepeated(known, ['b', 'c', 'd'])).toEqual(['d']);
  expect(withoutRepeated(known, ['b', 'x'])).toEqual(['b', 'x']);
  expect(withoutRepeated(['a', 'b', 'a', 'c'], ['a', 'c', 'd'])).toEqual(['d']);
});

test('wherever the log is opened again, known and new lines together are the whole log', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { minLength: 2 }), fc.nat(), fc.nat(), (log, first, second) => {
      const knownUntil = 1 + (first % (log.length - 1));
      const from = second % knownUntil;
      const known = log.slice(0, knownUntil);
      expect([...known, ...(withoutRepeated(known, log.slice(from)) ?? [])]).toEqual(log);
    }),
  );
});

test('times at the beginning of lines are seen and can be left out', () => {
  expect(hasStamp('2026-01-01T00:00:00.123Z hello')).toBe(true);
  expect(hasStamp('2026 was a year')).toBe(false);
  expect(withoutStamp('2026-01-01T00:00:00+01:00 hello')).toBe('hello');
});

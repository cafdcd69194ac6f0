/** Amounts are written to the micro-unit, whatever their size, and times in the two units that say most. */
import fc from 'fast-check';
import { createFormat } from './format-of.ts';

const english = createFormat('en');
const german = createFormat('de');

test('money is exact to the micro-unit, with at least two decimals', () => {
  expect(english.money('1500000', 'USD')).toBe('$1.50');
  expect(english.money(1n, 'USD')).toBe('$0.000001');
  expect(english.money('1234567', 'USD', { digits: 2 })).toBe('$1.23');
  expect(german.money('1500000', 'USD')).toBe('1,50\u00a0$');
  expect(english.money('2000000', 'SIM')).toMatch(/^SIM\s2\.00$/);
});

test('no amount passes through floating point', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 24n }), (micro) => {
      const digits = english.money(micro, 'USD').replace(/[$,]/g, '');
      const [whole, part = ''] = digits.split('.');
      expect(BigInt(whole! + part.padEnd(6, '0'))).toBe(micro);
    }),
  );
});

test('a duration has its two largest units, and is never empty or negative', () => {
  expect(english.duration(2 * 3_600 + 5 * 60 + 3)).toBe('2 hr 5 min');
  expect(english.duration(90_061)).toBe('1 day 1 hr');
  expect([english.duration(0), english.duration(-5)]).toEqual(['0 sec', '0 sec']);
});

test('bytes are told in binary units', () => {
  expect([0, 1023, 1024, 1.5 * 1024 ** 3].map(english.bytes)).toEqual(['0 B', '1,023 B', '1 KiB', '1.5 GiB']);
});

test('a day is the same day in every time zone', () => {
  expect(english.day('2026-01-31')).toBe('Jan 31, 2026');
});

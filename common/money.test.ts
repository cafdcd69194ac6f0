import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { charge, formatMicro, mulDiv, parseMicro } from './money.ts';

describe('money', () => {
  test('what is printed is read back as the same amount', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (amount) => {
        expect(parseMicro(formatMicro(amount))).toBe(amount);
      }),
    );
  });

  test('rounding is to the nearest micro-unit, half away from zero, the same for both signs', () => {
    expect(mulDiv(1n, 1n, 2n)).toBe(1n);
    expect(mulDiv(-1n, 1n, 2n)).toBe(-1n);
    expect(mulDiv(1n, 1n, 3n)).toBe(0n);
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 15n }),
        fc.bigInt({ min: 0n, max: 10n ** 6n }),
        fc.bigInt({ min: 1n, max: 10n ** 6n }),
        (amount, numerator, denominator) => {
          const error = mulDiv(amount, numerator, denominator) * denominator - amount * numerator;
          expect(2n * (error < 0n ? -error : error)).toBeLessThanOrEqual(denominator);
          expect(mulDiv(-amount, numerator, denominator)).toBe(-mulDiv(amount, numerator, denominator));
        },
      ),
    );
  });

  test('an hour of a device costs its hourly price, and a second its 3600th part', () => {
    expect(charge(3_600_000n, 1, 3_600_000)).toBe(3_600_000n);
    expect(charge(3_600_000n, 2, 1_000)).toBe(2_000n);
  });

  test('what is no amount is refused', () => {
    for (const text of ['', '1.', '.5', '1e3', '1,50', '0.0000001', 'NaN'])
      expect(() => parseMicro(text)).toThrow(RangeError);
  });
});

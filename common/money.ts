/** Money: integers of micro-units (1 USD = 1 000 000), never floating point, rounded in one place. */

export const microPerUnit = 1_000_000n;

/** `USD` is money. `SIM` is what simulated workers cost, and `PTS` are reward points: neither is ever paid out. */
export const currencies = ['USD', 'SIM', 'PTS'] as const;
export type Currency = (typeof currencies)[number];

/**
 * `amount × numerator / denominator`, rounded half away from zero: the only place where money is rounded.
 *
 * @throws RangeError when the denominator is not positive
 */
export function mulDiv(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new RangeError('The denominator must be positive.');
  const product = amount * numerator;
  const half = denominator / 2n;
  return product >= 0n ? (product + half) / denominator : -((-product + half) / denominator);
}

/**
 * What `devices` devices cost for a span of time.
 *
 * @param priceMicroPerDeviceHour price of one device for one hour, in micro-units
 * @param durationMs whole milliseconds; a price is to the second, and a window may end within one
 */
export function charge(priceMicroPerDeviceHour: bigint, devices: number, durationMs: number): bigint {
  return mulDiv(priceMicroPerDeviceHour * BigInt(devices), BigInt(durationMs), 3_600_000n);
}

/** `1234567n` → `"1.234567"`; at least two decimals, at most six. */
export function formatMicro(amount: bigint): string {
  const sign = amount < 0n ? '-' : '';
  const absolute = amount < 0n ? -amount : amount;
  const decimals = (absolute % microPerUnit)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return `${sign}${absolute / microPerUnit}.${decimals}`;
}

/**
 * `"1.5"` → `1500000n`.
 *
 * @throws RangeError for anything that is not a decimal number with at most six decimals
 */
export function parseMicro(text: string): bigint {
  const match = /^(-?)(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (!match) throw new RangeError(`"${text}" is not an amount such as 12.50.`);
  const [, sign, whole, decimals = ''] = match;
  const amount = BigInt(whole!) * microPerUnit + BigInt(decimals.padEnd(6, '0'));
  return sign ? -amount : amount;
}

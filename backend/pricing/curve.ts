/** How scarcity moves a price: the utilisation curve, without any I/O. All factors are in basis points: 10 000 is 1. */

/** Utilisation → factor, straight lines between: idle devices get cheaper, scarce ones dearer, never beyond these bounds. */
const curve: readonly (readonly [utilisation: number, factor: number])[] = [
  [0, 8_000],
  [5_000, 10_000],
  [8_000, 12_500],
  [10_000, 16_000],
];

/** This many imaginary devices, half of them hired, count with the real ones: a region with two devices does not swing between the bounds. */
const prior = 4;

/**
 * The factor on a model's base price in a region: between 0.8 and 1.6, never lower for more hired devices or for fewer
 * ready ones, and 1 where nothing is known.
 *
 * @param readyDevices devices that can be or are hired
 * @param hiredDevices those of them that are
 * @returns whole basis points
 */
export function utilisationFactor(readyDevices: number, hiredDevices: number): number {
  const hired = Math.min(hiredDevices, readyDevices);
  const utilisation = (10_000 * (hired + prior / 2)) / (readyDevices + prior);
  const above = curve.findIndex(([point]) => point >= utilisation);
  if (above <= 0) return curve[0]![1];
  const [left, low] = curve[above - 1]!;
  const [right, high] = curve[above]!;
  return Math.round(low + ((high - low) * (utilisation - left)) / (right - left));
}

/** The series of a chart can be told apart, and days stay days. */
import { isDaily, showSeries } from './chart-series.ts';

test('each series has a colour of its own; the two edges of a band share one', () => {
  const shown = showSeries([
    { label: 'P90', values: [], band: true },
    { label: 'P10', values: [] },
    { label: 'median', values: [] },
  ]);
  expect(shown.map(({ colour, inBand }) => [colour, inBand])).toEqual([
    ['--series-1', true],
    ['--series-1', true],
    ['--series-2', false],
  ]);
});

test('instants that are all midnights in UTC are days', () => {
  const midnight = Date.UTC(2026, 0, 1) / 1_000;
  expect(isDaily([midnight, midnight + 86_400])).toBe(true);
  expect(isDaily([midnight, midnight + 3_600])).toBe(false);
  expect(isDaily([])).toBe(false);
});

/** Numbers over time: lines or bars on a canvas, with the same numbers as a table for who cannot see it. */

export interface Series {
  label: string;
  /** One per instant; null is a gap. */
  values: readonly (number | null)[];
  /** Fills the space to the next series: a band, such as P10 to P90. */
  band?: boolean;
}

export interface ChartProps {
  /** Names the chart. */
  label: string;
  /** Instants, oldest first. */
  at: readonly (string | Date)[];
  series: readonly Series[];
  kind?: 'line' | 'bar' | 'area';
  /** How a value is written: on the axis, under the pointer and in the table. */
  format: (value: number) => string;
  /** Pixels. */
  height?: number;
  /** Whether the axis begins at zero; it does unless told otherwise. */
  fromZero?: boolean;
}

export function Chart({ label }: ChartProps) {
  return <figure aria-label={label} />;
}

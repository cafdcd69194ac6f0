/** How the series of a chart are told apart: a colour of the theme and a pattern each; the two edges of a band share one. */

export interface Series {
  label: string;
  /** One per instant; null is a gap. */
  values: readonly (number | null)[];
  /** Fills the space to the next series: a band, such as P10 to P90. */
  band?: boolean;
}

export interface Shown extends Series {
  /** A custom property of `tokens.css`. */
  colour: string;
  /** It is an edge of a band. */
  inBand: boolean;
}

const colours = 6;
/** Lines differ also without their colours: whole, dashed, dotted, … */
export const dashes: number[][] = [[], [7, 4], [2, 3], [10, 3, 2, 3], [4, 4], [14, 4]];

export function showSeries(series: readonly Series[]): Shown[] {
  let colour = -1;
  return series.map((each, index) => {
    const endsBand = series[index - 1]?.band === true;
    if (!endsBand) colour++;
    return { ...each, colour: `--series-${(colour % colours) + 1}`, inBand: each.band === true || endsBand };
  });
}

/** Whether all instants are days in UTC, which are the same days wherever they are read. */
export function isDaily(at: readonly number[]): boolean {
  return at.length > 0 && at.every((second) => second % 86_400 === 0);
}

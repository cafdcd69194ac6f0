/** Draws a chart on a canvas, with uPlot: loaded with the first chart that is shown. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { dashes, isDaily, type Shown } from './chart-series.ts';

export interface Drawing {
  /** Points at an instant, by its place; at none with null. */
  point(index: number | null): void;
  /** New numbers in the same series. */
  update(at: readonly number[], series: readonly Shown[]): void;
  resize(width: number): void;
  /** Again in the colours of the theme. */
  redraw(): void;
  destroy(): void;
}

export interface DrawOptions {
  /** Unix seconds. */
  at: readonly number[];
  series: readonly Shown[];
  kind: 'line' | 'bar' | 'area';
  stacked: boolean;
  fromZero: boolean;
  format: (value: number) => string;
  locale: string;
  width: number;
  height: number;
  /** The pointer is at an instant, so many pixels from the left edge of the chart; or has left. */
  onPoint: (index: number | null, left: number) => void;
}

export function draw(target: HTMLElement, options: DrawOptions): Drawing {
  const { kind, stacked, fromZero, format, locale, width, height, onPoint } = options;
  let { at, series } = options;
  const daily = isDaily(at);
  const timeZone = daily ? { timeZone: 'UTC' } : {};
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...timeZone });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const bars = kind === 'bar';

  const axis = (): Partial<uPlot.Axis> => ({
    stroke: () => token('--text-quiet'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    ticks: { show: false },
    grid: { stroke: () => token('--line'), width: 1 },
  });

  const plot = new uPlot(
    {
      width,
      height,
      tzDate: (second) => (daily ? uPlot.tzDate(new Date(second * 1_000), 'Etc/UTC') : new Date(second * 1_000)),
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      // The last label stands out by half of its width.
      padding: [10, 24, 0, 0],
      scales: {
        // A bar stands around its instant; a single instant still needs some width.
        x: {
          time: true,
          range: (_, min, max) => (bars || min === max ? [min - step(at) / 2, max + step(at) / 2] : [min, max]),
        },
        y: { range: (_, min, max) => span(min, max, fromZero) },
      },
      axes: [
        {
          ...axis(),
          grid: { show: false },
          size: 32,
          gap: 9,
          space: 70,
          values: (_, splits, __, ___, increment) =>
            splits.map((split) => {
              const date = new Date(split * 1_000);
              const whole = increment >= 86_400 || (date.getHours() === 0 && date.getMinutes() === 0);
              return (daily || whole ? day : time).format(date);
            }),
        },
        {
          ...axis(),
          size: (_, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)),
          // Between whole numbers there are lines that would be called the same.
          values: (_, splits) => splits.map(format).map((text, index, all) => (text === all[index - 1] ? '' : text)),
        },
      ],
      series: [
        {},
        ...series.map(({ colour, inBand, label }, index): uPlot.Series => {
          const stroke = () => token(colour);
          return {
            label,
            stroke,
            width: inBand ? 1 : bars ? 0 : 2,
            ...(kind === 'line' && !inBand && { dash: dashes[index % dashes.length]! }),
            ...(bars && { fill: stroke, paths: barPaths(index), points: { show: false } }),
            ...(kind === 'area' && { fill: () => `${token(colour)}33` }),
          };
        }),
      ],
      bands: series.flatMap(({ band, colour, values }, index) => {
        const next = series[index + 1];
        if (!band || !next) return [];
        const both = values.findIndex((value, place) => value !== null && next.values[place] != null);
        const above = both < 0 || values[both]! >= next.values[both]!;
        const edges: [number, number] = above ? [index + 1, index + 2] : [index + 2, index + 1];
        return [{ series: edges, fill: () => `${token(colour)}2e` }];
      }),
      hooks: {
        setCursor: [
          ({ cursor: { idx, left }, over }) =>
            idx == null || (left ?? -1) < 0
              ? onPoint(null, 0)
              : onPoint(idx, over.offsetLeft + plot.valToPos(at[idx]!, 'x')),
        ],
      },
    },
    data(),
    target,
  );

  function data(): uPlot.AlignedData {
    return [[...at], ...series.map((_, index) => (bars && stacked ? top(index) : [...series[index]!.values]))];
  }

  /** Where the bars of a series end, when each stands on those before it. */
  function top(index: number): number[] {
    return at.map((_, place) => series.slice(0, index + 1).reduce((sum, { values }) => sum + (values[place] ?? 0), 0));
  }

  /** Bars of several series stand on each other, or side by side. */
  function barPaths(index: number): uPlot.Series.PathBuilder {
    const places = stacked ? 1 : series.length;
    const share = () => (step(at) * 0.8) / places;
    const offset = (stacked ? 0 : index) - places / 2;
    return uPlot.paths.bars!({
      disp: {
        x0: { unit: 1, values: () => at.map((second) => second + offset * share()) },
        size: { unit: 1, values: () => [share()] },
        ...(stacked && {
          y0: { unit: 1, values: () => (index === 0 ? at.map(() => 0) : top(index - 1)) },
          y1: { unit: 1, values: () => top(index) },
        }),
      },
    });
  }

  return {
    point: (index) =>
      plot.setCursor(index === null ? { left: -10, top: -10 } : { left: plot.valToPos(at[index]!, 'x'), top: 1 }),
    update(nextAt, nextSeries) {
      at = nextAt;
      series = nextSeries;
      plot.setData(data());
    },
    resize: (to) => plot.setSize({ width: to, height }),
    redraw: () => plot.redraw(false, true),
    destroy: () => plot.destroy(),
  };
}

function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The least distance between two instants: the width that a bar has. */
function step(at: readonly number[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 1; index < at.length; index++) least = Math.min(least, at[index]! - at[index - 1]!);
  return Number.isFinite(least) ? least : 86_400;
}

/** What the axis of values spans: a little more than the values do. */
function span(min: number | null, max: number | null, fromZero: boolean): [number, number] {
  if (min === null || max === null) return [0, 1];
  const low = fromZero ? Math.min(0, min) : min;
  const high = fromZero ? Math.max(0, max) : max;
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  return [low === 0 && fromZero ? 0 : low - margin, high + margin];
}

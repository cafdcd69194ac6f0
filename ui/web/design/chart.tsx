/** Numbers over time: lines or bars on a canvas, with the same numbers as a table for who cannot see it. */
import { Button, Group, Skeleton, useComputedColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { IconChartLine, IconTable } from '@tabler/icons-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useLocale, useText } from '../messages/index.ts';
import classes from './chart.module.css';
import type { Drawing } from './chart-canvas.ts';
import { dashes, isDaily, type Series, type Shown, showSeries } from './chart-series.ts';
import { useFormat } from './format.ts';

export type { Series } from './chart-series.ts';

export interface ChartProps {
  /** Names the chart. */
  label: string;
  /** Instants, oldest first. */
  at: readonly (string | Date)[];
  series: readonly Series[];
  kind?: 'line' | 'bar' | 'area';
  /** Bars of several series stand on each other, when they are parts of one sum; side by side when absent. */
  stacked?: boolean;
  /** How a value is written: on the axis, under the pointer and in the table. */
  format: (value: number) => string;
  /** Pixels. */
  height?: number;
  /** Whether the axis begins at zero; it does unless told otherwise. */
  fromZero?: boolean;
}

export function Chart({ label, at, series, format, height = 240, ...rest }: ChartProps) {
  const text = useText('common').chart;
  const [asTable, setAsTable] = useState(false);
  // What is drawn changes with the numbers, not with the arrays that hold them.
  const key = JSON.stringify([at, series]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for both
  const seconds = useMemo(() => at.map((each) => new Date(each).getTime() / 1_000), [key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for both
  const shown = useMemo(() => showSeries(series), [key]);
  const when = useWhen(isDaily(seconds));
  const empty = series.every(({ values }) => values.every((value) => value === null));

  return (
    <figure className={classes.figure} aria-label={label}>
      {empty ? (
        <div className={classes.empty} style={{ height }}>
          {text.empty}
        </div>
      ) : asTable ? (
        <Numbers label={label} seconds={seconds} series={shown} format={format} when={when} height={height} />
      ) : (
        <Canvas {...{ label, seconds, series: shown, format, when, height, ...rest }} failed={() => setAsTable(true)} />
      )}
      {!empty && (
        <Group justify="space-between" gap="xs" mt={4} align="flex-start">
          <Legend series={shown} kind={rest.kind ?? 'line'} />
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            ml="auto"
            leftSection={asTable ? <IconChartLine size={14} aria-hidden /> : <IconTable size={14} aria-hidden />}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? text.asChart : text.asTable}
          </Button>
        </Group>
      )}
    </figure>
  );
}

/** How an instant of the chart is written: days as days in UTC, the rest as the reader's date and time. */
function useWhen(daily: boolean): (second: number) => string {
  const format = useFormat();
  return (second) => {
    const date = new Date(second * 1_000);
    return daily ? format.day(date.toISOString().slice(0, 10)) : format.instant(date);
  };
}

interface DrawnProps extends Pick<ChartProps, 'label' | 'format' | 'kind' | 'stacked' | 'fromZero'> {
  seconds: readonly number[];
  series: readonly Shown[];
  when: (second: number) => string;
  height: number;
}

interface Point {
  index: number;
  left: number;
}

function Canvas({
  label,
  seconds,
  series,
  format,
  when,
  height,
  failed,
  kind = 'line',
  stacked = false,
  fromZero = true,
}: DrawnProps & { failed: () => void }) {
  const text = useText('common').chart;
  const locale = useLocale();
  const scheme = useComputedColorScheme('light');
  const { ref: sized, width } = useElementSize();
  const target = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing>();
  const [point, setPoint] = useState<Point>();
  const onPoint = (index: number | null, left: number) => setPoint(index === null ? undefined : { index, left });
  // The newest of everything, for what is drawn once and then brought up to date.
  const latest = { at: seconds, series, kind, stacked, fromZero, format, locale, width, height, onPoint };
  const current = useRef(latest);
  current.current = latest;

  // What cannot be changed in a chart that stands, makes another.
  const shape = JSON.stringify([series.map(({ label, band }) => [label, band]), isDaily(seconds)]);
  const measured = width > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the series
  useEffect(() => {
    if (!measured) return;
    let ended = false;
    let made: Drawing | undefined;
    import('./chart-canvas.ts').then(({ draw }) => {
      if (ended) return;
      const options = current.current;
      made = draw(target.current!, {
        ...options,
        format: (value) => current.current.format(value),
        onPoint: (index, left) => current.current.onPoint(index, left),
      });
      setDrawing(made);
    }, failed);
    return () => {
      ended = true;
      made?.destroy();
      setDrawing(undefined);
      setPoint(undefined);
    };
  }, [measured, shape, kind, stacked, fromZero, locale, height]);
  useEffect(() => drawing?.update(seconds, series), [drawing, seconds, series]);
  useEffect(() => drawing?.resize(width), [drawing, width]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn again in the colours of another theme
  useEffect(() => drawing?.redraw(), [drawing, scheme]);

  const last = seconds.length - 1;
  const move = (event: KeyboardEvent) => {
    const from = point?.index ?? last + 1;
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) drawing?.point(Math.min(Math.max(to, 0), last));
    else if (event.key === 'Escape' && point) drawing?.point(null);
    else return;
    event.preventDefault();
  };
  const told = point && point.index <= last ? point : undefined;
  const values = (index: number) => series.map((each) => `${each.label}: ${written(each.values[index], format)}`);

  return (
    <div ref={sized} className={classes.canvas} style={{ height }}>
      {!drawing && <Skeleton height={height} />}
      <div
        ref={target}
        role="slider"
        tabIndex={0}
        aria-label={`${label}. ${text.keys}`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={told?.index ?? last}
        aria-valuetext={[when(seconds[told?.index ?? last]!), ...values(told?.index ?? last)].join(', ')}
        onKeyDown={move}
        onBlur={() => drawing?.point(null)}
      />
      {told && (
        <div
          className={classes.tip}
          aria-hidden
          style={told.left > width / 2 ? { right: width - told.left + 10 } : { left: told.left + 10 }}
        >
          <b>{when(seconds[told.index]!)}</b>
          {series.map((each) => (
            <div key={each.label} className={classes.tipRow}>
              <span>{each.label}</span>
              <span>{written(each.values[told.index], format)}</span>
            </div>
          ))}
        </div>
      )}
    </div>
  );
}

function written(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? '–' : format(value);
}

/** Which line is which: needed only when there is more than one. */
function Legend({ series, kind }: { series: readonly Shown[]; kind: 'line' | 'bar' | 'area' }) {
  if (series.length < 2) return null;
  return (
    <ul className={classes.legend}>
      {series.map(({ label, band, colour, inBand }, index) =>
        inBand && !band ? null : (
          <li key={label}>
            <svg width="22" height="10" aria-hidden>
              {band || kind !== 'line' ? (
                <rect width="22" height="10" fill={`var(${colour})`} opacity={band ? 0.35 : 1} />
              ) : (
                <line
                  y1="5"
                  x2="22"
                  y2="5"
                  stroke={`var(${colour})`}
                  strokeWidth="2.5"
                  strokeDasharray={dashes[index % dashes.length]!.join(' ')}
                />
              )}
            </svg>
            {band ? `${label} – ${series[index + 1]?.label ?? ''}` : label}
          </li>
        ),
      )}
    </ul>
  );
}

/** The same numbers as text. */
function Numbers({ label, seconds, series, format, when, height }: DrawnProps) {
  const text = useText('common').chart;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className={classes.numbers} style={{ maxHeight: height }} tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text.at}</th>
            {series.map((each) => (
              <th scope="col" key={each.label}>
                {each.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {seconds.map((second, index) => (
            <tr key={second}>
              <th scope="row">{when(second)}</th>
              {series.map((each) => (
                <td key={each.label}>{written(each.values[index], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

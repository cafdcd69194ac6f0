/** Every kind of chart, of numbers that are no measurement of anything. */
import { SimpleGrid, Title } from '@mantine/core';
import { Chart, type ChartProps } from '../../design/chart.tsx';
import { useFormat } from '../../design/format.ts';
import { useText } from '../../messages/index.ts';

const days = Array.from({ length: 21 }, (_, index) => new Date(Date.UTC(2026, 0, 1 + index)));
const minutes = Array.from({ length: 90 }, (_, index) => new Date(Date.UTC(2026, 0, 1, 9, index)));
const wave = (phase: number, of: readonly unknown[]) =>
  of.map((_, index) => Math.round(50 + phase * 10 + 30 * Math.sin(index / 6 + phase)));

export function Charts() {
  const text = useText('parts');
  const format = useFormat();
  const series = (count: number, of: readonly unknown[]) =>
    Array.from({ length: count }, (_, index) => ({ label: text.series(index + 1), values: wave(index, of) }));
  const withGap = series(3, minutes);
  withGap[0] = {
    ...withGap[0]!,
    values: withGap[0]!.values.map((value, index) => (index > 30 && index < 40 ? null : value)) as number[],
  };
  const charts: (Omit<ChartProps, 'format'> & { label: string })[] = [
    { label: text.line, at: minutes, series: withGap },
    {
      label: text.band,
      at: days,
      fromZero: false,
      series: [
        { label: 'P90', values: wave(2, days), band: true },
        { label: 'P10', values: wave(2, days).map((value) => value - 25) },
        { label: text.median, values: wave(2, days).map((value) => value - 10) },
      ],
    },
    { label: text.bars, kind: 'bar', at: days, series: series(2, days) },
    { label: text.stacked, kind: 'bar', stacked: true, at: days, series: series(3, days) },
    { label: text.area, kind: 'area', at: minutes, series: series(1, minutes) },
    { label: text.noNumbers, at: [], series: [{ label: text.series(1), values: [] }] },
  ];
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
      {charts.map((chart) => (
        <div key={chart.label}>
          <Title order={3} mb="xs">
            {chart.label}
          </Title>
          <Chart {...chart} format={(value) => format.number(value)} />
        </div>
      ))}
    </SimpleGrid>
  );
}

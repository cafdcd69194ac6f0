/** What was earned, by day: one bar for each day, also for those without any. */
import { dayMs } from '@muster/common/time';
import type { Schemas } from '@muster/contract/client';
import { Empty } from '../../design/answers.tsx';
import { Chart } from '../../design/chart.tsx';
import { useFormat } from '../../design/format.ts';
import { useText } from '../../messages/index.ts';

interface EarningsChartProps {
  items: readonly Schemas['Earning'][];
  /** What is simulated is charted apart. */
  currency: 'USD' | 'SIM';
  days: number;
}

export function EarningsChart({ items, currency, days }: EarningsChartProps) {
  const { earnings: text } = useText('portal');
  const format = useFormat();
  const own = items.filter((item) => item.currency === currency);
  if (own.length === 0) return <Empty title={text.none} />;
  const byDay = new Map<string, bigint>();
  for (const { day, earningMicroUsd } of own) byDay.set(day, (byDay.get(day) ?? 0n) + BigInt(earningMicroUsd));
  const today = Math.floor(Date.now() / dayMs);
  const list = Array.from({ length: days }, (_, index) =>
    new Date((today - days + 1 + index) * dayMs).toISOString().slice(0, 10),
  );
  return (
    <Chart
      label={text.byDay}
      kind="bar"
      at={list.map((day) => `${day}T00:00:00Z`)}
      series={[{ label: text.earned, values: list.map((day) => Number(byDay.get(day) ?? 0n) / 1e6) }]}
      format={(value) => format.money(BigInt(Math.round(value * 1e6)), currency, { digits: 4 })}
      height={220}
    />
  );
}

/** Spending by day, with the clusters that made it; money and what is no money apart. */
import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParameter } from '../../../app/address.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { Chart } from '../../../design/chart.tsx';
import { useFormat } from '../../../design/format.ts';
import { Section } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Duration, Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ClusterLink, useClusterName } from './cluster-link.tsx';
import { spendingQuery } from './queries.ts';
import { type CurrencySpending, drawn, microOf, spendingByCurrency } from './spent.ts';

const spans = ['7', '30', '90'];
const usualSpan = '30';
/** As many as there are colours, less one for all others. */
const mostClusters = 5;

export function Spending() {
  const text = useText('console').billing.spending;
  const [wanted, setSpan] = useParameter('days');
  const days = spans.find((each) => each === wanted) ?? usualSpan;
  const query = useQuery(spendingQuery(Number(days)));
  return (
    <Section
      title={text.title}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={text.span}
          value={days}
          onChange={(to) => setSpan(to === usualSpan ? null : to)}
          data={spans.map((value) => ({ value, label: text.days(Number(value)) }))}
        />
      }
    >
      <Loaded
        query={query}
        empty={
          <Empty title={text.empty}>
            <Text>{text.emptyHint}</Text>
          </Empty>
        }
      >
        {({ items, at }) => (
          <Stack>
            {spendingByCurrency(items, at).map((spending) => (
              <OfCurrency key={spending.currency} spending={spending} at={at} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function OfCurrency({ spending, at }: { spending: CurrencySpending; at: string[] }) {
  const text = useText('console').billing.spending;
  const format = useFormat();
  const nameOf = useClusterName();
  const { currency, total, clusters, series } = spending;
  const shown = clusters.slice(0, mostClusters).map(({ clusterId }) => ({
    label: nameOf(clusterId),
    values: series.get(clusterId)!.map(drawn),
  }));
  const others = clusters.slice(mostClusters).map(({ clusterId }) => series.get(clusterId)!);
  if (others.length > 0) {
    const sums = at.map((_, bucket) => drawn(others.reduce((sum, each) => sum + each[bucket]!, 0n)));
    shown.push({ label: text.others, values: sums });
  }
  return (
    <Stack gap="xs">
      <Group gap="xs">
        <Text fw={600}>
          {text.total}: <Money micro={total} currency={currency} />
        </Text>
        {currency === 'SIM' && <SimulatedBadge />}
      </Group>
      <Chart
        label={text.chart(currency)}
        kind="bar"
        stacked
        at={at}
        series={shown}
        format={(value) => format.money(microOf(value), currency)}
      />
      <DataTable
        id={`spending-${currency.toLowerCase()}`}
        label={text.table}
        rows={clusters}
        rowId={({ clusterId }) => clusterId}
        empty={<Empty title={text.empty} />}
        sort="-charged"
        columns={[
          {
            id: 'cluster',
            header: text.cluster,
            value: ({ clusterId }) => nameOf(clusterId),
            cell: ({ clusterId }) => <ClusterLink id={clusterId} />,
          },
          {
            id: 'time',
            header: text.time,
            value: ({ deviceSeconds }) => deviceSeconds,
            cell: ({ deviceSeconds }) => <Duration seconds={deviceSeconds} />,
            align: 'right',
            from: 'sm',
          },
          {
            id: 'charged',
            header: text.charged,
            value: ({ micro }) => micro,
            cell: ({ micro }) => <Money micro={micro} currency={currency} />,
            align: 'right',
          },
        ]}
      />
    </Stack>
  );
}

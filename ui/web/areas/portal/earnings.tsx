/** What a supplier's workers earned, by day and by worker. */
import { SegmentedControl } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useAddress } from '../../app/address.ts';
import { one } from '../../app/search.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { Page, Section, Stats } from '../../design/page.tsx';
import { SimulatedBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Duration, Id, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { EarningsChart } from './earnings-chart.tsx';
import { earningsQuery, workersQuery } from './queries.ts';

const spans = ['7', '30', '90'] as const;

export function EarningsPage() {
  const { earnings: text } = useText('portal');
  const [search, change] = useAddress();
  const span = spans.find((each) => each === one(search.days)) ?? '30';
  const earnings = useQuery(earningsQuery(Number(span)));
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={text.span}
          data={spans.map((value) => ({ value, label: text.days(Number(value)) }))}
          value={span}
          onChange={(value) => change({ days: value })}
        />
      }
    >
      <Loaded query={earnings}>{(data) => <Earned earnings={data} days={Number(span)} />}</Loaded>
    </Page>
  );
}

function Earned({ earnings, days }: { earnings: Schemas['Earnings']; days: number }) {
  const { earnings: text } = useText('portal');
  const simulated = earnings.items.some(({ currency }) => currency === 'SIM');
  return (
    <>
      <Stats
        of={[
          [text.total, <Money key="total" micro={earnings.totalMicroUsd} currency="USD" />, text.days(days)],
          [text.hours, <Hours key="hours" items={earnings.items} />, text.hoursHint],
        ]}
      />
      <Section title={text.byDay}>
        <EarningsChart items={earnings.items} currency="USD" days={days} />
      </Section>
      {simulated && (
        <Section title={`${text.byDay} (SIM)`} actions={<SimulatedBadge />}>
          <EarningsChart items={earnings.items} currency="SIM" days={days} />
        </Section>
      )}
      <Section title={text.byWorker}>
        <ByWorker items={earnings.items} />
      </Section>
    </>
  );
}

function Hours({ items }: { items: Schemas['Earning'][] }) {
  const seconds = items.reduce((sum, { currency, deviceSeconds }) => sum + (currency === 'USD' ? deviceSeconds : 0), 0);
  return <Duration seconds={seconds} />;
}

interface Row {
  workerId: string;
  name: string;
  currency: Schemas['Earning']['currency'];
  earned: bigint;
  seconds: number;
}

function ByWorker({ items }: { items: Schemas['Earning'][] }) {
  const { earnings: text } = useText('portal');
  const format = useFormat();
  const workers = useQuery(workersQuery);
  const names = new Map(workers.data?.map(({ id, name }) => [id, name]));
  const rows = [...Map.groupBy(items, ({ workerId, currency }) => `${workerId}/${currency}`).values()].map(
    (those): Row => ({
      workerId: those[0]!.workerId,
      name: names.get(those[0]!.workerId) ?? those[0]!.workerId,
      currency: those[0]!.currency,
      earned: those.reduce((sum, { earningMicroUsd }) => sum + BigInt(earningMicroUsd), 0n),
      seconds: those.reduce((sum, { deviceSeconds }) => sum + deviceSeconds, 0),
    }),
  );
  const columns: Column<Row>[] = [
    { id: 'name', header: text.worker, value: ({ name }) => name, width: 220 },
    {
      id: 'id',
      header: 'ID',
      value: ({ workerId }) => workerId,
      cell: ({ workerId }) => <Id id={workerId} short />,
      from: 'md',
    },
    {
      id: 'hours',
      header: text.hours,
      value: ({ seconds }) => seconds,
      cell: ({ seconds }) => format.duration(seconds),
      align: 'right',
    },
    {
      id: 'earned',
      header: text.earned,
      value: ({ earned }) => earned,
      cell: ({ earned, currency }) => <Money micro={earned} currency={currency} />,
      align: 'right',
    },
  ];
  return (
    <DataTable
      id="by-worker"
      label={text.byWorker}
      rows={rows}
      columns={columns}
      rowId={({ workerId, currency }) => `${workerId}/${currency}`}
      rowLink={({ workerId }) => ({ to: '/portal/workers/$workerId', params: { workerId } })}
      sort="-earned"
      empty={<Empty title={text.none} />}
    />
  );
}

/** What a cluster costs: hour by hour, lease by lease, and its invoice when it has ended. */

import { Stack, Text } from '@mantine/core';
import { dayMs, hourMs } from '@muster/common/time';
import { useQuery } from '@tanstack/react-query';
import { modelsById } from '../../../app/catalogue.ts';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { Chart } from '../../../design/chart.tsx';
import { useFormat } from '../../../design/format.ts';
import { ButtonLink } from '../../../design/links.tsx';
import { Facts, Section } from '../../../design/page.tsx';
import { StateBadge } from '../../../design/states.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Country, Duration, Id, Instant, Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { bucketsBetween, drawn, microOf, spendingByCurrency } from '../billing/spent.ts';
import { hasEnded } from './life.ts';
import { type Cluster, clusterInvoiceQuery, clusterSpendingQuery, costQuery, leasesQuery } from './queries.ts';

export function Cost({ cluster }: { cluster: Cluster }) {
  return (
    <Stack>
      <Metered cluster={cluster} />
      <OverTime cluster={cluster} />
      <Leases cluster={cluster} />
      <InvoiceOf cluster={cluster} />
    </Stack>
  );
}

function Metered({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const query = useQuery(costQuery(cluster.id));
  return (
    <Section title={text.tabs.cost}>
      <Loaded query={query}>
        {(cost) => (
          <Facts
            of={[
              [text.cost.metered, <Money key="charged" micro={cost.chargedMicroUsd} currency={cost.currency} />],
              [text.cost.meteredUntil, <Instant key="until" at={cost.meteredUntil} none={text.cost.metering} />],
              [text.cost.held, <Money key="held" micro={cost.heldMicroUsd} currency={cost.currency} />],
              [text.cost.free, <Duration key="free" seconds={cost.freeSeconds} />],
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function OverTime({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.spending;
  const format = useFormat();
  const query = useQuery(clusterSpendingQuery(cluster));
  const title = text.charged[query.data?.bucket ?? 'hour'];
  return (
    <Section title={title}>
      <Loaded query={query} empty={<Empty title={text.empty} />}>
        {({ items, bucket, to }) => {
          const lengthMs = bucket === 'day' ? dayMs : hourMs;
          // From the bucket before, so that one that is young has more than a bar.
          const at = bucketsBetween(new Date(Date.parse(cluster.createdAt) - lengthMs), to, lengthMs);
          const [spending] = spendingByCurrency(items, at);
          return (
            <Chart
              label={title}
              kind="bar"
              at={at}
              series={[{ label: cluster.name, values: spending!.series.get(cluster.id)!.map(drawn) }]}
              format={(value) => format.money(microOf(value), cluster.currency)}
            />
          );
        }}
      </Loaded>
    </Section>
  );
}

function Leases({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster;
  const query = useQuery(leasesQuery(cluster.id));
  const { data: models } = useQuery(modelsById);
  return (
    <Section title={text.spending.leases}>
      <Loaded query={query}>
        {(leases) => (
          <DataTable
            id="leases"
            label={text.spending.leases}
            rows={leases}
            rowId={({ id }) => id}
            empty={<Empty title={text.workers.empty} />}
            sort="rank"
            columns={[
              { id: 'rank', header: text.workers.rank, value: ({ rank }) => rank, align: 'right' },
              {
                id: 'worker',
                header: text.workers.worker,
                value: ({ workerId }) => workerId,
                cell: ({ workerId }) => <Id id={workerId} short />,
                from: 'sm',
              },
              {
                id: 'model',
                header: text.workers.model,
                value: ({ modelId }) => models?.get(modelId)?.name ?? modelId,
                from: 'sm',
              },
              { id: 'devices', header: text.workers.devices, value: ({ devices }) => devices, align: 'right' },
              {
                id: 'country',
                header: text.workers.country,
                value: ({ country }) => country,
                cell: ({ country }) => <Country code={country} short />,
                from: 'lg',
              },
              {
                id: 'state',
                header: text.workers.lease,
                value: ({ state }) => state,
                cell: (lease) => (
                  <StateBadge
                    of="lease"
                    state={lease.state}
                    reason={lease.outcome && text.workers.outcomes[lease.outcome]}
                  />
                ),
              },
              {
                id: 'price',
                header: text.workers.price,
                value: (lease) => BigInt(lease.priceMicroUsdPerDeviceHour),
                cell: (lease) => <Money micro={lease.priceMicroUsdPerDeviceHour} currency={lease.currency} />,
                align: 'right',
              },
              {
                id: 'active',
                header: text.workers.active,
                value: ({ activeAt }) => activeAt,
                cell: ({ activeAt }) => <Instant at={activeAt} />,
                from: 'lg',
              },
              {
                id: 'released',
                header: text.workers.released,
                value: ({ releasedAt }) => releasedAt,
                cell: ({ releasedAt }) => <Instant at={releasedAt} />,
                from: 'lg',
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function InvoiceOf({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.spending;
  const query = useQuery({ ...clusterInvoiceQuery(cluster.id), enabled: hasEnded(cluster) });
  return (
    <Section title={text.invoice}>
      {hasEnded(cluster) ? (
        <Loaded query={query}>
          {(invoice) =>
            invoice ? (
              <ButtonLink to="/console/invoices/$invoiceId" params={{ invoiceId: invoice.id }} variant="light">
                {text.open}: {invoice.number}
              </ButtonLink>
            ) : (
              <Text>{text.noInvoice}</Text>
            )
          }
        </Loaded>
      ) : (
        <Text>{text.later}</Text>
      )}
    </Section>
  );
}

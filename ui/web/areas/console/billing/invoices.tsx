/** The invoices, newest first. */
import { Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty } from '../../../design/answers.tsx';
import { More } from '../../../design/more.tsx';
import { Section } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Instant, Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ClusterLink, useClusterName } from './cluster-link.tsx';
import { invoicesQuery } from './queries.ts';

export function Invoices() {
  const text = useText('console').billing.invoices;
  const query = useInfiniteQuery(invoicesQuery);
  const nameOf = useClusterName();
  return (
    <Section title={text.title}>
      <More query={query}>
        {(rows) => (
          <DataTable
            id="invoices"
            label={text.title}
            rows={rows}
            rowId={({ id }) => id}
            rowLink={({ id }) => ({ to: '/console/invoices/$invoiceId', params: { invoiceId: id } })}
            empty={
              <Empty title={text.empty}>
                <Text>{text.emptyHint}</Text>
              </Empty>
            }
            sort="-issued"
            columns={[
              { id: 'number', header: text.number, value: ({ number }) => number },
              {
                id: 'cluster',
                header: text.cluster,
                value: ({ clusterId }) => nameOf(clusterId),
                cell: ({ clusterId }) => <ClusterLink id={clusterId} />,
                from: 'sm',
              },
              {
                id: 'total',
                header: text.total,
                value: ({ totalMicroUsd }) => BigInt(totalMicroUsd),
                cell: ({ totalMicroUsd, currency }) => (
                  <>
                    <Money micro={totalMicroUsd} currency={currency} /> {currency === 'SIM' && <SimulatedBadge />}
                  </>
                ),
                align: 'right',
              },
              {
                id: 'issued',
                header: text.issued,
                value: ({ issuedAt }) => issuedAt,
                cell: ({ issuedAt }) => <Instant at={issuedAt} />,
                from: 'sm',
              },
            ]}
          />
        )}
      </More>
    </Section>
  );
}

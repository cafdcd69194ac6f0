/** What is set aside for live clusters: an hour of each. */
import { useQuery } from '@tanstack/react-query';
import { Empty, Loaded } from '../../../design/answers.tsx';
import { Section } from '../../../design/page.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Instant, Money } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ClusterLink, useClusterName } from './cluster-link.tsx';
import { holdsQuery } from './queries.ts';

export function Holds() {
  const text = useText('console').billing.holds;
  const query = useQuery(holdsQuery);
  const nameOf = useClusterName();
  return (
    <Section title={text.title}>
      <Loaded query={query} empty={<Empty title={text.empty} />}>
        {(holds) => (
          <DataTable
            id="holds"
            label={text.title}
            rows={holds}
            rowId={({ id }) => id}
            empty={<Empty title={text.empty} />}
            columns={[
              {
                id: 'cluster',
                header: text.cluster,
                value: ({ clusterId }) => nameOf(clusterId),
                cell: ({ clusterId }) => <ClusterLink id={clusterId} />,
              },
              {
                id: 'held',
                header: text.held,
                value: ({ heldMicroUsd }) => BigInt(heldMicroUsd),
                cell: ({ heldMicroUsd, currency }) => <Money micro={heldMicroUsd} currency={currency} />,
                align: 'right',
              },
              {
                id: 'reserve',
                header: text.reserve,
                value: ({ reserveMicroUsd }) => BigInt(reserveMicroUsd),
                cell: ({ reserveMicroUsd, currency }) => <Money micro={reserveMicroUsd} currency={currency} />,
                align: 'right',
                from: 'sm',
              },
              {
                id: 'since',
                header: text.since,
                value: ({ createdAt }) => createdAt,
                cell: ({ createdAt }) => <Instant at={createdAt} />,
                from: 'sm',
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

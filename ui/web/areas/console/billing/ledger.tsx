/** The ledger of the organization's accounts, page after page, and as CSV. */
import { Button } from '@mantine/core';
import { formatMicro } from '@muster/common/money';
import type { Schemas } from '@muster/contract/client';
import { IconDownload } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Empty } from '../../../design/answers.tsx';
import { download } from '../../../design/download.ts';
import { More } from '../../../design/more.tsx';
import { Section } from '../../../design/page.tsx';
import { SimulatedBadge } from '../../../design/states.tsx';
import { DataTable } from '../../../design/table.tsx';
import { Id, Instant, Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { ClusterLink, useClusterName } from './cluster-link.tsx';
import { csvOf } from './csv.ts';
import { ledgerQuery } from './queries.ts';

type Entry = Schemas['LedgerEntry'];

const tableHeight = 560;

export function Ledger() {
  const text = useText('console').billing.ledger;
  const nameOf = useClusterName();
  const query = useInfiniteQuery(ledgerQuery);
  const entries = query.data ?? [];
  return (
    <Section
      title={text.title}
      actions={
        entries.length > 0 && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconDownload size={14} aria-hidden />}
            onClick={() => download(text.file, ledgerCsv(entries), 'text/csv')}
          >
            {text.export}
          </Button>
        )
      }
    >
      <Quiet>{text.lead}</Quiet>
      <More query={query}>
        {(rows) => (
          <DataTable
            id="ledger"
            label={text.title}
            rows={rows}
            rowId={({ id }) => id}
            empty={<Empty title={text.empty} />}
            sort="-at"
            maxHeight={tableHeight}
            columns={[
              {
                id: 'at',
                header: text.at,
                value: ({ at }) => at,
                cell: ({ at }) => <Instant at={at} />,
                width: 130,
              },
              {
                id: 'amount',
                header: text.amount,
                value: ({ amountMicroUsd }) => BigInt(amountMicroUsd),
                cell: ({ amountMicroUsd, currency }) => (
                  <>
                    <Money micro={amountMicroUsd} currency={currency} /> {currency === 'SIM' && <SimulatedBadge />}
                  </>
                ),
                align: 'right',
              },
              {
                id: 'kind',
                header: text.kind,
                value: ({ kind }) => kind,
                cell: ({ kind }) => text.kinds[kind] ?? kind,
                facet: (kind) => text.kinds[kind] ?? kind,
              },
              {
                id: 'account',
                header: text.account,
                value: ({ account }) => account,
                cell: ({ account }) => text.accounts[account] ?? account,
                facet: (account) => text.accounts[account] ?? account,
                from: 'sm',
              },
              { id: 'description', header: text.description, value: ({ description }) => description, from: 'lg' },
              {
                id: 'cluster',
                header: text.cluster,
                value: ({ clusterId }) => clusterId && nameOf(clusterId),
                cell: ({ clusterId }) => (clusterId ? <ClusterLink id={clusterId} /> : '–'),
                from: 'md',
              },
              {
                id: 'transaction',
                header: text.transaction,
                value: ({ transactionId }) => transactionId,
                cell: ({ transactionId }) => <Id id={transactionId} short />,
                hidden: true,
              },
            ]}
          />
        )}
      </More>
    </Section>
  );
}

/** The names are those of the API, so that programs can read it. */
function ledgerCsv(entries: readonly Entry[]): string {
  const header = ['at', 'transactionId', 'kind', 'account', 'amount', 'currency', 'clusterId', 'description'];
  const rows = entries.map(({ at, transactionId, kind, account, amountMicroUsd, currency, clusterId, description }) => [
    at,
    transactionId,
    kind,
    account,
    formatMicro(BigInt(amountMicroUsd)),
    currency,
    clusterId ?? '',
    description,
  ]);
  return csvOf([header, ...rows]);
}

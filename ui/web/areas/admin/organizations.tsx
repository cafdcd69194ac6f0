/** The organizations of this Muster. */
import type { Schemas } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Empty, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { ToneBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Id, Instant } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { organizationsQuery } from './queries.ts';

type Organization = Schemas['Organization'];

export function Organizations() {
  const text = useText('admin').organizations;
  const format = useFormat();
  const organizations = useQuery(organizationsQuery);
  const columns = useMemo(
    (): Column<Organization>[] => [
      { id: 'name', header: text.name, value: ({ name }) => name, width: 240 },
      {
        id: 'operator',
        header: text.role,
        value: ({ operator }) => operator,
        cell: ({ operator }) => operator && <ToneBadge tone="busy" word={text.operator} />,
        facet: (operator) => (operator === 'true' ? text.operator : text.customer),
        from: 'sm',
      },
      {
        id: 'quota',
        header: text.quota,
        value: ({ deviceQuota }) => deviceQuota,
        cell: ({ deviceQuota }) => (deviceQuota === null ? text.noQuota : format.number(deviceQuota)),
        align: 'right',
      },
      {
        id: 'created',
        header: text.created,
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
      },
      { id: 'id', header: text.id, value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, from: 'sm' },
    ],
    [text, format],
  );
  return (
    <Page title={text.title} lead={text.lead}>
      <Loaded query={organizations}>
        {(rows) => (
          <DataTable
            id="organizations"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            rowLink={({ id }) => ({ to: '/admin/organizations/$organizationId', params: { organizationId: id } })}
            sort="-created"
            empty={<Empty title={text.empty} />}
          />
        )}
      </Loaded>
    </Page>
  );
}

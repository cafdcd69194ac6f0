/** The table with as many generated workers as the address asks for (`?rows=100000`): what its bench measures. */
import { Container } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { one, type Search } from '../../app/search.ts';
import { useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { type GeneratedWorker, generateWorkers } from './generated.ts';

const most = 1_000_000;

export function TablePage() {
  const search = useSearch({ strict: false }) as Search;
  const count = Math.min(Number(one(search.rows) ?? 1_000) || 0, most);
  const text = useText('parts');
  return (
    <Container component="main" id="content" size="xl" py="lg">
      <Page title={text.tableTitle} lead={text.tableLead}>
        <GeneratedTable count={count} />
      </Page>
    </Container>
  );
}

export function GeneratedTable({ count }: { count: number }) {
  const rows = useMemo(() => generateWorkers(count), [count]);
  const columns = useGeneratedColumns();
  const text = useText('parts');
  return (
    <DataTable
      id="workers"
      label={text.tableTitle}
      rows={rows}
      columns={columns}
      rowId={({ id }) => id}
      rowLink={({ name }) => ({ to: '/parts/table', search: { 'workers.q': name } as never })}
      empty={<Quiet>{text.noRows}</Quiet>}
      sort="name"
    />
  );
}

function useGeneratedColumns(): Column<GeneratedWorker>[] {
  const common = useText('common');
  const text = useText('parts').columns;
  const format = useFormat();
  return useMemo(() => {
    return [
      { id: 'name', header: text.name, value: ({ name }) => name, width: 230 },
      { id: 'model', header: text.model, value: ({ model }) => model, facet: true, width: 200 },
      { id: 'devices', header: text.devices, value: ({ devices }) => devices, align: 'right', width: 90 },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        cell: ({ country }) => <Country code={country} />,
        facet: format.country,
        from: 'sm',
      },
      {
        id: 'status',
        header: text.status,
        value: ({ status }) => status,
        cell: ({ status }) => <StateBadge of="worker" state={status} />,
        facet: (status) => common.workerStatuses[status as GeneratedWorker['status']],
      },
      {
        id: 'readiness',
        header: text.readiness,
        value: ({ readiness }) => readiness,
        cell: ({ readiness }) => <StateBadge of="readiness" state={readiness} />,
        facet: (step) => common.readinessSteps[step as GeneratedWorker['readiness']],
        from: 'md',
      },
      {
        id: 'reputation',
        header: text.reputation,
        value: ({ reputation }) => reputation,
        align: 'right',
        width: 110,
        from: 'lg',
      },
      {
        id: 'price',
        header: text.price,
        value: ({ priceMicroPerHour }) => priceMicroPerHour,
        cell: ({ priceMicroPerHour }) => <Money micro={priceMicroPerHour} currency="SIM" digits={2} />,
        align: 'right',
        width: 110,
      },
      { id: 'id', header: text.id, value: ({ id }) => id, width: 200, hidden: true },
    ];
  }, [common, text, format]);
}

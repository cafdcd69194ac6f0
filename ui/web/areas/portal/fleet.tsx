/** A supplier's workers: what each does now, how far it has come, and what it earns. */

import { Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { modelsById } from '../../app/catalogue.ts';
import { useMay } from '../../app/session.ts';
import { Empty, Loaded } from '../../design/answers.tsx';
import { priceDigits, useFormat } from '../../design/format.ts';
import { ButtonLink } from '../../design/links.tsx';
import { Page, Stats } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Instant, Model, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { earningsQuery, type Worker, workersQuery } from './queries.ts';

export function Fleet() {
  const { fleet: text, nav } = useText('portal');
  const mayAdd = useMay('workers:write');
  const workers = useQuery(workersQuery);
  const add = mayAdd && <ButtonLink to="/portal/add">{nav.add}</ButtonLink>;
  return (
    <Page title={nav.workers} lead={text.lead} actions={add}>
      <Loaded
        query={workers}
        empty={
          <Empty title={text.none}>
            <Text>{text.noneHint}</Text>
            {add}
          </Empty>
        }
      >
        {(rows) => (
          <>
            <Totals workers={rows} />
            <WorkerTable workers={rows} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Totals({ workers }: { workers: Worker[] }) {
  const { fleet: text } = useText('portal');
  const format = useFormat();
  const real = workers.filter(({ simulated }) => !simulated);
  const count = (of: (worker: Worker) => boolean) => format.number(real.filter(of).length);
  const earnings = useQuery(earningsQuery(30));
  return (
    <Stats
      of={[
        [text.hired, count(({ readiness }) => readiness === 'hired'), text.hiredHint],
        [text.ready, count(({ readiness }) => readiness === 'cluster-ready'), text.readyHint],
        [
          text.stuck,
          count(({ rules, readiness }) => rules.length > 0 && (readiness === 'registered' || readiness === 'verified')),
          text.stuckHint,
        ],
        [
          text.earned,
          earnings.data ? <Money key="earned" micro={earnings.data.totalMicroUsd} currency="USD" digits={4} /> : '–',
          text.earnedHint,
        ],
      ]}
    />
  );
}

function WorkerTable({ workers }: { workers: Worker[] }) {
  const { fleet: text } = useText('portal');
  const common = useText('common');
  const format = useFormat();
  const { data: byId } = useQuery(modelsById);
  const columns = useMemo((): Column<Worker>[] => {
    return [
      { id: 'name', header: text.name, value: ({ name }) => name, width: 200 },
      {
        id: 'status',
        header: text.status,
        value: ({ status }) => status,
        facet: (status) => common.workerStatuses[status as Worker['status']],
        cell: ({ status, simulated }) => (
          <Group gap={4} wrap="nowrap">
            <StateBadge of="worker" state={status} />
            {simulated && <SimulatedBadge />}
          </Group>
        ),
        width: 190,
      },
      {
        id: 'readiness',
        header: common.readiness.title,
        value: ({ readiness }) => readiness,
        facet: (step) => common.readinessSteps[step as Worker['readiness']],
        cell: ({ readiness, rules }) => (
          <StateBadge
            of="readiness"
            state={readiness}
            reason={rules.map(({ check, required, actual }) => `${check}: ${required}, ${actual}`).join('; ') || null}
          />
        ),
        width: 150,
      },
      {
        id: 'model',
        header: text.model,
        value: ({ modelId }) => (modelId && byId?.get(modelId)?.name) ?? modelId,
        facet: true,
        cell: ({ modelId, deviceCount }) => (
          <span>
            {deviceCount > 1 && `${deviceCount} × `}
            <Model model={(modelId && byId?.get(modelId)) ?? modelId} />
          </span>
        ),
        width: 240,
        from: 'sm',
      },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        facet: (code) => format.country(code),
        cell: ({ country }) => <Country code={country} />,
        from: 'md',
        width: 150,
      },
      {
        id: 'floor',
        header: text.floor,
        value: ({ floorMicroUsdPerHour }) => BigInt(floorMicroUsdPerHour),
        cell: ({ floorMicroUsdPerHour, simulated }) => (
          <Money micro={floorMicroUsdPerHour} currency={simulated ? 'SIM' : 'USD'} digits={priceDigits} />
        ),
        align: 'right',
        from: 'lg',
      },
      {
        id: 'seen',
        header: text.seen,
        value: ({ lastSeenAt }) => lastSeenAt,
        cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} none={common.never} />,
        from: 'lg',
      },
    ];
  }, [byId, text, common, format]);
  return (
    <DataTable
      id="workers"
      label={text.table}
      rows={workers}
      columns={columns}
      rowId={({ id }) => id}
      rowLink={({ id }) => ({ to: '/portal/workers/$workerId', params: { workerId: id } })}
      maxHeight={640}
      empty={<Empty title={text.none} />}
    />
  );
}

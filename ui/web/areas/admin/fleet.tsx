/** Every worker of every organization, in one live table. */
import { useMemo } from 'react';
import { Empty, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { Page } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Country, Money, Quiet } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import type { FleetWorker } from './queries.ts';
import { OrganizationLink, useModelName, useOrganizationName } from './things.tsx';
import { useFleet } from './use-fleet.ts';

export function Fleet() {
  const text = useText('admin').fleet;
  const fleet = useFleet();
  const columns = useColumns();
  return (
    <Page title={text.title} lead={text.lead}>
      <Loaded query={fleet}>
        {(workers) => (
          <DataTable
            id="fleet"
            label={text.title}
            rows={workers}
            columns={columns}
            rowId={({ id }) => id}
            rowLink={({ id }) => ({ to: '/admin/workers/$workerId', params: { workerId: id } })}
            sort="name"
            empty={<Empty title={text.empty}>{text.emptyHint}</Empty>}
          />
        )}
      </Loaded>
    </Page>
  );
}

function useColumns(): Column<FleetWorker>[] {
  const text = useText('admin').fleet;
  const common = useText('common');
  const format = useFormat();
  const modelName = useModelName();
  const organizationName = useOrganizationName();
  return useMemo(
    () => [
      { id: 'name', header: text.name, value: ({ name }) => name, width: 170 },
      {
        id: 'origin',
        header: text.origin,
        width: 150,
        value: ({ origin }) => origin,
        cell: ({ origin, simulated }) => (simulated ? <SimulatedBadge /> : text.origins[origin]),
        facet: (origin) => text.origins[origin as FleetWorker['origin']],
      },
      {
        id: 'status',
        header: text.status,
        width: 120,
        value: ({ status }) => status,
        cell: ({ status }) => <StateBadge of="worker" state={status} />,
        facet: (status) => common.workerStatuses[status as FleetWorker['status']],
      },
      {
        id: 'readiness',
        header: text.readiness,
        width: 150,
        value: ({ readiness }) => readiness,
        cell: ({ readiness }) => <StateBadge of="readiness" state={readiness} />,
        facet: (step) => common.readinessSteps[step as FleetWorker['readiness']],
      },
      {
        id: 'model',
        header: text.model,
        value: ({ modelId }) => (modelId === null ? common.unknown : modelName(modelId)),
        facet: true,
        width: 200,
      },
      { id: 'devices', header: text.devices, value: ({ deviceCount }) => deviceCount, align: 'right', width: 90 },
      {
        id: 'country',
        header: text.country,
        value: ({ country }) => country,
        cell: ({ country }) => <Country code={country} />,
        facet: format.country,
        from: 'sm',
      },
      {
        id: 'connectivity',
        header: text.connectivity,
        value: ({ connectivityTier }) => connectivityTier,
        cell: ({ connectivityTier }) =>
          connectivityTier ? common.connectivityTiers[connectivityTier] : <Quiet>{text.notMeasured}</Quiet>,
        facet: (tier) => common.connectivityTiers[tier as 'low'] ?? text.notMeasured,
        from: 'md',
      },
      {
        id: 'tier',
        header: text.serviceTier,
        value: ({ serviceTier }) => serviceTier,
        cell: ({ serviceTier }) => common.serviceTiers[serviceTier],
        facet: (tier) => common.serviceTiers[tier as FleetWorker['serviceTier']],
        from: 'md',
      },
      {
        id: 'simulated',
        header: common.simulated,
        value: ({ simulated }) => simulated,
        cell: ({ simulated }) => (simulated ? text.yes : text.no),
        facet: (simulated) => (simulated === 'true' ? text.yes : text.no),
        hidden: true,
      },
      {
        id: 'organization',
        header: text.organization,
        value: ({ organizationId }) => organizationName(organizationId),
        cell: ({ organizationId }) => <OrganizationLink id={organizationId} />,
        facet: true,
        from: 'lg',
      },
      {
        id: 'floor',
        header: text.floor,
        value: ({ floorMicroUsdPerHour }) => BigInt(floorMicroUsdPerHour),
        cell: ({ floorMicroUsdPerHour, simulated }) => (
          <Money micro={floorMicroUsdPerHour} currency={simulated ? 'SIM' : 'USD'} />
        ),
        align: 'right',
        hidden: true,
      },
      { id: 'region', header: text.region, value: ({ region }) => region, facet: true, hidden: true },
      { id: 'id', header: text.id, value: ({ id }) => id, hidden: true },
    ],
    [text, common, format, modelName, organizationName],
  );
}

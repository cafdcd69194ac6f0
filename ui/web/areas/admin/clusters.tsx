/** Everybody's clusters, newest first. */

import { Group, SegmentedControl } from '@mantine/core';
import type { Schemas } from '@muster/contract/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useParameter } from '../../app/address.ts';
import { Empty } from '../../design/answers.tsx';
import { More } from '../../design/more.tsx';
import { Page } from '../../design/page.tsx';
import { SimulatedBadge, StateBadge } from '../../design/states.tsx';
import { type Column, DataTable } from '../../design/table.tsx';
import { Id, Instant, Money } from '../../design/values.tsx';
import { useText } from '../../messages/index.ts';
import { useChoice } from './choice.ts';
import { OrganizationSelect } from './organization-select.tsx';
import { clustersQuery } from './queries.ts';
import { OrganizationLink, useModelName, useOrganizationName } from './things.tsx';

type Cluster = Schemas['Cluster'];
const lives = ['live', 'all'] as const;

export function Clusters() {
  const text = useText('admin').clusters;
  const common = useText('common');
  const organizationName = useOrganizationName();
  const modelName = useModelName();
  const [life, setLife] = useChoice('life', 'live', lives);
  const [organizationId, setOrganization] = useParameter('organizationId');
  const clusters = useInfiniteQuery(
    clustersQuery({ ...(life === 'live' && { live: true }), ...(organizationId && { organizationId }) }),
  );
  const columns = useMemo(
    (): Column<Cluster>[] => [
      { id: 'name', header: text.name, value: ({ name }) => name, width: 200 },
      {
        id: 'state',
        header: text.state,
        value: ({ state }) => state,
        cell: ({ state, endedBecause }) => <StateBadge of="cluster" state={state} reason={endedBecause} />,
        facet: (state) => common.clusterStates[state as Cluster['state']],
      },
      {
        id: 'kind',
        header: text.kind,
        value: ({ kind }) => kind,
        cell: ({ kind }) => common.kinds[kind],
        facet: (kind) => common.kinds[kind as Cluster['kind']],
        from: 'sm',
      },
      {
        id: 'organization',
        header: text.organization,
        value: (each) => organizationName(each.organizationId),
        cell: (each) => <OrganizationLink id={each.organizationId} />,
      },
      { id: 'workers', header: text.workers, value: ({ workers }) => workers, align: 'right', width: 90 },
      {
        id: 'devices',
        header: text.devices,
        value: ({ workers, devicesPerWorker }) => workers * devicesPerWorker,
        align: 'right',
        width: 90,
      },
      {
        id: 'models',
        header: text.models,
        value: ({ request }) => request.processor.modelIds.map(modelName).join(', '),
        width: 200,
        from: 'md',
      },
      {
        id: 'price',
        header: text.price,
        value: ({ priceMicroUsdPerHour }) => BigInt(priceMicroUsdPerHour),
        cell: ({ priceMicroUsdPerHour, currency }) => <Money micro={priceMicroUsdPerHour} currency={currency} />,
        align: 'right',
        from: 'sm',
      },
      {
        id: 'simulated',
        header: text.supply,
        value: ({ simulated }) => simulated,
        cell: ({ simulated }) => (simulated ? <SimulatedBadge /> : text.real),
        facet: (simulated) => (simulated === 'true' ? common.simulated : text.real),
        from: 'sm',
      },
      {
        id: 'created',
        header: text.created,
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
        from: 'md',
      },
      { id: 'id', header: text.id, value: ({ id }) => id, cell: ({ id }) => <Id id={id} short />, hidden: true },
    ],
    [text, common, modelName, organizationName],
  );
  return (
    <Page title={text.title} lead={text.lead}>
      <Group align="flex-end" gap="sm">
        <SegmentedControl
          aria-label={text.which}
          data={lives.map((each) => ({ value: each, label: text.lives[each] }))}
          value={life}
          onChange={setLife}
        />
        <OrganizationSelect label={text.organization} value={organizationId} onChange={setOrganization} />
      </Group>
      <More query={clusters}>
        {(rows) => (
          <DataTable
            id="clusters"
            label={text.title}
            rows={rows}
            columns={columns}
            rowId={({ id }) => id}
            rowLink={({ id }) => ({ to: '/admin/clusters/$clusterId', params: { clusterId: id } })}
            sort="-created"
            empty={<Empty title={life === 'live' ? text.noneLive : text.empty} />}
          />
        )}
      </More>
    </Page>
  );
}

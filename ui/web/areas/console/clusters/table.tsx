/** Clusters as a table: what they are, what they cost, and what can be done with them. */

import { ActionIcon, Group, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo } from 'react';
import { modelsById } from '../../../app/catalogue.ts';
import { notify } from '../../../app/notify.tsx';
import { useMay } from '../../../app/session.ts';
import { MenuLink } from '../../../design/links.tsx';
import { useNow } from '../../../design/now.ts';
import { SimulatedBadge, StateBadge } from '../../../design/states.tsx';
import { type Column, DataTable } from '../../../design/table.tsx';
import { Duration, Instant, Money, Quiet } from '../../../design/values.tsx';
import { useText } from '../../../messages/index.ts';
import { costSoFar, obstacleTo } from '../cluster/life.ts';
import { type Cluster, costQuery } from '../cluster/queries.ts';
import { useTerminate } from '../cluster/terminate.tsx';
import { draftOf, searchOf } from '../wizard/draft.ts';

interface ClustersTableProps {
  id: string;
  clusters: readonly Cluster[];
  empty: ReactNode;
  /** Only what matters at a glance. */
  brief?: boolean;
}

export function ClustersTable({ id, clusters, empty, brief = false }: ClustersTableProps) {
  const text = useText('console').clusters;
  const common = useText('common');
  const mayBill = useMay('billing:read');
  const { data: models } = useQuery(modelsById);
  const columns = useMemo(() => {
    const { columns: names } = text;
    const modelsOf = ({ request }: Cluster) =>
      request.processor.modelIds.map((model) => models?.get(model)?.name ?? model).join(', ');
    const kindOf = ({ kind, request }: Cluster) => (request.image === undefined ? text.bare : common.kinds[kind]);
    const most: (Column<Cluster> | false)[] = [
      { id: 'name', header: names.name, value: ({ name }) => name },
      {
        id: 'state',
        header: names.state,
        value: ({ state }) => common.clusterStates[state],
        facet: true,
        width: 200,
        cell: ({ state, endedBecause, simulated }) => (
          <Group gap={4} wrap="nowrap">
            <StateBadge of="cluster" state={state} reason={endedBecause} />
            {simulated && <SimulatedBadge />}
          </Group>
        ),
      },
      !brief && { id: 'kind', header: names.kind, value: kindOf, facet: true, hidden: true },
      !brief && { id: 'model', header: names.model, value: modelsOf, from: 'md' },
      {
        id: 'workers',
        header: names.workers,
        align: 'right',
        width: 95,
        from: 'sm',
        value: ({ workers, devicesPerWorker }) => workers * devicesPerWorker,
        cell: ({ workers, devicesPerWorker }) => text.workersOf(workers, devicesPerWorker),
      },
      {
        id: 'price',
        header: names.price,
        align: 'right',
        from: brief ? 'sm' : 'md',
        value: ({ priceMicroUsdPerHour }) => BigInt(priceMicroUsdPerHour),
        cell: ({ priceMicroUsdPerHour, currency }) => <Money micro={priceMicroUsdPerHour} currency={currency} />,
      },
      {
        id: 'running',
        header: names.running,
        align: 'right',
        width: 125,
        from: 'sm',
        value: ({ runningSince }) => runningSince && -Date.parse(runningSince),
        cell: (cluster) => <RunningFor cluster={cluster} />,
      },
      mayBill && {
        id: 'cost',
        header: names.cost,
        align: 'right',
        from: 'sm',
        value: () => null,
        cell: (cluster) => <Cost cluster={cluster} />,
      },
      !brief && {
        id: 'created',
        header: names.created,
        hidden: true,
        value: ({ createdAt }) => createdAt,
        cell: ({ createdAt }) => <Instant at={createdAt} />,
      },
      !brief && {
        id: 'actions',
        header: names.actions,
        width: 76,
        value: () => null,
        cell: (cluster) => <RowActions cluster={cluster} />,
      },
    ];
    return most.filter((column) => column !== false);
  }, [text, common, models, mayBill, brief]);
  return (
    <DataTable
      id={id}
      label={text.title}
      rows={clusters}
      columns={columns}
      rowId={(cluster) => cluster.id}
      rowLink={(cluster) => ({ to: '/console/clusters/$clusterId', params: { clusterId: cluster.id } })}
      empty={empty}
    />
  );
}

/** From when every worker ran to its end, or until now. */
function RunningFor({ cluster: { runningSince, endedAt } }: { cluster: Cluster }) {
  const now = useNow();
  if (!runningSince) return <Quiet>–</Quiet>;
  const until = endedAt ? Date.parse(endedAt) : now.getTime();
  return <Duration seconds={(until - Date.parse(runningSince)) / 1_000} />;
}

function Cost({ cluster }: { cluster: Cluster }) {
  const now = useNow();
  const { data } = useQuery(costQuery(cluster.id));
  if (!data) return <Quiet>–</Quiet>;
  const { micro, estimated } = costSoFar(cluster, data, now);
  return (
    <span>
      {estimated && '≈ '}
      <Money micro={micro} currency={data.currency} />
    </span>
  );
}

function RowActions({ cluster }: { cluster: Cluster }) {
  const text = useText('console').clusters;
  const mayWrite = useMay('clusters:write');
  const terminate = useTerminate(cluster);
  const { error } = terminate;
  useEffect(() => {
    if (error) notify({ tone: 'bad', title: cluster.name, message: error.message });
  }, [error, cluster.name]);
  const { name: _, ...request } = cluster.request;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={text.actionsOf(cluster.name)}
          loading={terminate.isPending}
        >
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <MenuLink to="/console/clusters/$clusterId" params={{ clusterId: cluster.id }}>
          {text.open}
        </MenuLink>
        {mayWrite && (
          <MenuLink to="/console/clusters/new" search={searchOf(draftOf(request))} state={{ request }}>
            {text.again}
          </MenuLink>
        )}
        {mayWrite && obstacleTo('terminate', cluster) === undefined && (
          <Menu.Item color="red" onClick={() => void terminate.ask()}>
            {text.terminate}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

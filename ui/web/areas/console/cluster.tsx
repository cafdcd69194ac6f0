/** A cluster: what it is, costs and does, in tabs that stand in the address. */
import { Alert, Stack, Tabs } from '@mantine/core';
import { IconClockExclamation } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { type ComponentType, lazy, Suspense } from 'react';
import { useParameter } from '../../app/address.ts';
import { useMay } from '../../app/session.ts';
import { Lines, Loaded } from '../../design/answers.tsx';
import { useFormat } from '../../design/format.ts';
import { useNow } from '../../design/now.ts';
import { Page } from '../../design/page.tsx';
import { useText } from '../../messages/index.ts';
import { Actions } from './cluster/actions.tsx';
import classes from './cluster/cluster.module.css';
import { Heading, Summary } from './cluster/header.tsx';
import { secondsUntil } from './cluster/life.ts';
import { Overview } from './cluster/overview.tsx';
import { type Cluster, clusterQuery } from './cluster/queries.ts';

/** The tabs, each loaded when it is opened; the first comes with the page. */
const tabs = {
  overview: Overview,
  tasks: lazy(async () => ({ default: (await import('./cluster/tasks.tsx')).Tasks })),
  logs: lazy(async () => ({ default: (await import('./cluster/logs.tsx')).Logs })),
  shell: lazy(async () => ({ default: (await import('./cluster/shell.tsx')).Shell })),
  usage: lazy(async () => ({ default: (await import('./cluster/usage.tsx')).Usage })),
  cost: lazy(async () => ({ default: (await import('./cluster/cost.tsx')).Cost })),
} satisfies Record<string, ComponentType<{ cluster: Cluster }>>;
type Tab = keyof typeof tabs;

export function ClusterPage() {
  const { clusterId } = useParams({ strict: false }) as { clusterId: string };
  const text = useText('console').cluster;
  const query = useQuery(clusterQuery(clusterId));
  const cluster = query.data;
  return (
    <Page
      title={cluster?.name ?? text.title}
      heading={cluster && <Heading cluster={cluster} />}
      actions={cluster && <Actions cluster={cluster} />}
    >
      <Loaded query={query}>{(loaded) => <Parts cluster={loaded} />}</Loaded>
    </Page>
  );
}

function Parts({ cluster }: { cluster: Cluster }) {
  const text = useText('console').cluster.tabs;
  const mayReadTasks = useMay('tasks:read');
  const mayReadCost = useMay('billing:read');
  const [wanted, setTab] = useParameter('tab', { push: true });
  const offered = (Object.keys(tabs) as Tab[]).filter(
    (tab) => (tab !== 'tasks' || mayReadTasks) && (tab !== 'cost' || mayReadCost),
  );
  const tab = offered.find((each) => each === wanted) ?? 'overview';
  const Chosen = tabs[tab];
  return (
    <Stack gap="lg">
      {cluster.graceUntil && <Grace until={cluster.graceUntil} />}
      <Summary cluster={cluster} />
      <Tabs value={tab} onChange={(to) => setTab(to === 'overview' ? null : to)} keepMounted={false}>
        <Tabs.List aria-label={text.label} className={classes.tabs!}>
          {offered.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {text[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={tab} pt="md">
          <Suspense fallback={<Lines />}>
            <Chosen cluster={cluster} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

/** The balance is gone: how long the cluster has left. */
function Grace({ until }: { until: string }) {
  const text = useText('console').cluster.grace;
  const format = useFormat();
  const now = useNow();
  return (
    <Alert color="red" role="alert" icon={<IconClockExclamation />} title={text.title}>
      {text.body(format.duration(secondsUntil(until, now)))}
    </Alert>
  );
}

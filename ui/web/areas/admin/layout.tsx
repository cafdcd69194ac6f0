/** The frame of the admin: its navigation. */
import {
  IconChartLine,
  IconCoin,
  IconCpu,
  IconDevices,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconMap,
  IconReceipt,
  IconServer2,
  IconSettings,
  IconUsers,
  IconWorld,
} from '@tabler/icons-react';
import { Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  const text = useText('admin');
  return (
    <Shell
      title={text.title}
      items={[
        { to: '/admin', label: 'Overview', icon: IconLayoutDashboard, exact: true, scope: 'operator:read' },
        { to: '/admin/fleet', label: 'Fleet', icon: IconServer2, scope: 'operator:read' },
        { to: '/admin/pools', label: 'Pools', icon: IconCpu, scope: 'operator:read' },
        { to: '/admin/supply', label: 'Supply and demand', icon: IconReceipt, scope: 'operator:read' },
        { to: '/admin/clusters', label: 'Clusters', icon: IconUsers, scope: 'operator:read' },
        { to: '/admin/organizations', label: 'Organizations', icon: IconKey, scope: 'operator:read' },
        { to: '/admin/ledger', label: 'Ledger', icon: IconDevices, scope: 'operator:read' },
        { to: '/admin/prices', label: 'Price book', icon: IconListCheck, scope: 'operator:read' },
        { to: '/admin/attestations', label: 'Attestations', icon: IconSettings, scope: 'operator:read' },
        { to: '/admin/dead-letters', label: 'Dead letters', icon: IconChartLine, scope: 'operator:read' },
        { to: '/admin/invariants', label: 'Invariants', icon: IconMap, scope: 'operator:read' },
        { to: '/admin/audit', label: 'Audit', icon: IconWorld, scope: 'operator:read' },
        { to: '/admin/health', label: 'Health', icon: IconCoin, scope: 'operator:read' },
      ]}
    />
  );
}

/** The frame of the console: its navigation. */
import {
  IconDevices,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconReceipt,
  IconServer2,
  IconSettings,
  IconUsers,
} from '@tabler/icons-react';
import { type NavigationItem, Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  return <Shell title={useText('console').title} items={useNavigation()} />;
}

/** The pages of the console, as its navigation lists them. */
export function useNavigation(): NavigationItem[] {
  const { nav } = useText('console');
  return [
    { to: '/console', label: nav.overview, icon: IconLayoutDashboard, exact: true },
    { to: '/console/clusters', label: nav.clusters, icon: IconServer2, scope: 'clusters:read' },
    { to: '/console/billing', label: nav.billing, icon: IconReceipt, scope: 'billing:read' },
    { to: '/console/members', label: nav.members, icon: IconUsers, scope: 'members:read' },
    { to: '/console/api-keys', label: nav.apiKeys, icon: IconKey },
    { to: '/console/sessions', label: nav.sessions, icon: IconDevices },
    { to: '/console/audit', label: nav.audit, icon: IconListCheck, scope: 'audit:read' },
    { to: '/console/settings', label: nav.settings, icon: IconSettings },
  ];
}

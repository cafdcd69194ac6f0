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
import { Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  const { title, nav } = useText('console');
  return (
    <Shell
      title={title}
      items={[
        { to: '/console', label: nav.overview, icon: IconLayoutDashboard, exact: true },
        { to: '/console/clusters', label: nav.clusters, icon: IconServer2, scope: 'clusters:read' },
        { to: '/console/billing', label: nav.billing, icon: IconReceipt, scope: 'billing:read' },
        { to: '/console/members', label: nav.members, icon: IconUsers, scope: 'members:read' },
        { to: '/console/api-keys', label: nav.apiKeys, icon: IconKey },
        { to: '/console/sessions', label: nav.sessions, icon: IconDevices },
        { to: '/console/audit', label: nav.audit, icon: IconListCheck, scope: 'audit:read' },
        { to: '/console/settings', label: nav.settings, icon: IconSettings },
      ]}
    />
  );
}

/** The frame of the console: its navigation. */
import {
  IconCpu,
  IconDevices,
  IconKey,
  IconLayoutDashboard,
  IconListCheck,
  IconReceipt,
  IconServer2,
  IconUsers,
} from '@tabler/icons-react';
import { Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  const text = useText('console');
  return (
    <Shell
      title={text.title}
      items={[
        { to: '/console', label: 'Overview', icon: IconLayoutDashboard, exact: true },
        { to: '/console/clusters', label: 'Clusters', icon: IconServer2, scope: 'clusters:read' },
        { to: '/console/billing', label: 'Billing', icon: IconCpu, scope: 'billing:read' },
        { to: '/console/members', label: 'Members', icon: IconReceipt, scope: 'members:read' },
        { to: '/console/api-keys', label: 'API keys', icon: IconUsers },
        { to: '/console/sessions', label: 'Sessions', icon: IconKey },
        { to: '/console/audit', label: 'Audit', icon: IconDevices, scope: 'audit:read' },
        { to: '/console/settings', label: 'Settings', icon: IconListCheck },
      ]}
    />
  );
}

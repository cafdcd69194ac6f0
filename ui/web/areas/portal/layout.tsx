/** The frame of the portal: its navigation. */
import { IconCpu, IconLayoutDashboard, IconReceipt, IconServer2, IconUsers } from '@tabler/icons-react';
import { Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  const text = useText('portal');
  return (
    <Shell
      title={text.title}
      items={[
        { to: '/portal', label: 'Workers', icon: IconLayoutDashboard, exact: true, scope: 'workers:read' },
        { to: '/portal/add', label: 'Add a worker', icon: IconServer2, scope: 'workers:write' },
        { to: '/portal/earnings', label: 'Earnings', icon: IconCpu, scope: 'workers:read' },
        { to: '/portal/market', label: 'Market', icon: IconReceipt, scope: 'workers:read' },
        { to: '/portal/pools', label: 'Pools', icon: IconUsers, scope: 'workers:read' },
      ]}
    />
  );
}

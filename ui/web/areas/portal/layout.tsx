/** The frame of the worker portal: its navigation. */
import { IconBuildingFactory2, IconCoin, IconCpu, IconPlus, IconTrendingUp } from '@tabler/icons-react';
import { Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  const { title, nav } = useText('portal');
  return (
    <Shell
      title={title}
      items={[
        { to: '/portal', label: nav.workers, icon: IconCpu, exact: true },
        { to: '/portal/add', label: nav.add, icon: IconPlus, scope: 'workers:write' },
        { to: '/portal/earnings', label: nav.earnings, icon: IconCoin },
        { to: '/portal/market', label: nav.market, icon: IconTrendingUp },
        { to: '/portal/pools', label: nav.pools, icon: IconBuildingFactory2 },
      ]}
    />
  );
}

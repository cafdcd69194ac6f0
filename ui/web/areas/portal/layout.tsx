/** The frame of the worker portal: its navigation. */
import { IconBuildingFactory2, IconCoin, IconCpu, IconPlus, IconTrendingUp } from '@tabler/icons-react';
import { type NavigationItem, Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  return <Shell title={useText('portal').title} items={useNavigation()} />;
}

/** The pages of the worker portal, as its navigation lists them. */
export function useNavigation(): NavigationItem[] {
  const { nav } = useText('portal');
  return [
    { to: '/portal', label: nav.workers, icon: IconCpu, exact: true },
    { to: '/portal/add', label: nav.add, icon: IconPlus, scope: 'workers:write' },
    { to: '/portal/earnings', label: nav.earnings, icon: IconCoin },
    { to: '/portal/market', label: nav.market, icon: IconTrendingUp },
    { to: '/portal/pools', label: nav.pools, icon: IconBuildingFactory2 },
  ];
}

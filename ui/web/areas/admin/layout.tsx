/** The frame of the admin: its navigation, in groups. */
import {
  IconBook2,
  IconBuilding,
  IconCertificate,
  IconChartLine,
  IconClipboardList,
  IconHeartbeat,
  IconLayoutDashboard,
  IconMailX,
  IconReceipt,
  IconScale,
  IconServer2,
  IconStack2,
  IconTopologyStar3,
} from '@tabler/icons-react';
import { type NavigationItem, Shell } from '../../app/shell.tsx';
import { useText } from '../../messages/index.ts';

export function Layout() {
  return <Shell title={useText('admin').title} items={useNavigation()} />;
}

/** The pages of the admin, as its navigation lists them. */
export function useNavigation(): NavigationItem[] {
  const { nav, groups } = useText('admin');
  const scope = 'operator:read';
  const supply = { scope, group: groups.supply } as const;
  const customers = { scope, group: groups.customers } as const;
  const system = { scope, group: groups.system } as const;
  return [
    { to: '/admin', label: nav.overview, icon: IconLayoutDashboard, exact: true, scope },
    { ...supply, to: '/admin/fleet', label: nav.fleet, icon: IconServer2 },
    { ...supply, to: '/admin/pools', label: nav.pools, icon: IconTopologyStar3 },
    { ...supply, to: '/admin/attestations', label: nav.attestations, icon: IconCertificate },
    { ...supply, to: '/admin/supply', label: nav.supply, icon: IconChartLine },
    { ...customers, to: '/admin/clusters', label: nav.clusters, icon: IconStack2 },
    { ...customers, to: '/admin/organizations', label: nav.organizations, icon: IconBuilding },
    { ...customers, to: '/admin/ledger', label: nav.ledger, icon: IconReceipt },
    { ...customers, to: '/admin/prices', label: nav.prices, icon: IconBook2 },
    { ...system, to: '/admin/health', label: nav.health, icon: IconHeartbeat },
    { ...system, to: '/admin/invariants', label: nav.invariants, icon: IconScale },
    { ...system, to: '/admin/dead-letters', label: nav.deadLetters, icon: IconMailX },
    { ...system, to: '/admin/audit', label: nav.audit, icon: IconClipboardList },
  ];
}

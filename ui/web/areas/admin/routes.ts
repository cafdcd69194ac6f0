/** The pages of the admin, by address, each loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only, rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin',
  beforeLoad: only('operator:read'),
  loader: () => loadMessages('admin'),
  component: lazyRouteComponent(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyRouteComponent(() => import('./overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/fleet',
    component: lazyRouteComponent(() => import('./fleet.tsx'), 'Fleet'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/workers/$workerId',
    component: lazyRouteComponent(() => import('./worker.tsx'), 'WorkerPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/pools',
    component: lazyRouteComponent(() => import('./pools.tsx'), 'Pools'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/supply',
    component: lazyRouteComponent(() => import('./supply.tsx'), 'Supply'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters',
    component: lazyRouteComponent(() => import('./clusters.tsx'), 'Clusters'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters/$clusterId',
    component: lazyRouteComponent(() => import('./cluster.tsx'), 'ClusterPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/organizations',
    component: lazyRouteComponent(() => import('./organizations.tsx'), 'Organizations'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/organizations/$organizationId',
    component: lazyRouteComponent(() => import('./organization.tsx'), 'OrganizationPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/ledger',
    component: lazyRouteComponent(() => import('./ledger.tsx'), 'Ledger'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/prices',
    component: lazyRouteComponent(() => import('./prices.tsx'), 'Prices'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/attestations',
    component: lazyRouteComponent(() => import('./attestations.tsx'), 'Attestations'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/dead-letters',
    component: lazyRouteComponent(() => import('./dead-letters.tsx'), 'DeadLetters'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/invariants',
    component: lazyRouteComponent(() => import('./invariants.tsx'), 'Invariants'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/audit',
    component: lazyRouteComponent(() => import('./audit.tsx'), 'Audit'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/health',
    component: lazyRouteComponent(() => import('./health.tsx'), 'Health'),
  }),
] as const;
export const adminRoutes = area.addChildren(pages);

/** The pages of the admin, by address, each loaded when it is opened. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../app/lazy-page.ts';
import { only, rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/admin',
  beforeLoad: only('operator:read'),
  loader: () => loadMessages('admin'),
  component: lazyPage(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyPage(() => import('./overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/fleet',
    component: lazyPage(() => import('./fleet.tsx'), 'Fleet'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/workers/$workerId',
    component: lazyPage(() => import('./worker.tsx'), 'WorkerPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/pools',
    component: lazyPage(() => import('./pools.tsx'), 'Pools'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/supply',
    component: lazyPage(() => import('./supply.tsx'), 'Supply'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters',
    component: lazyPage(() => import('./clusters.tsx'), 'Clusters'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters/$clusterId',
    component: lazyPage(() => import('./cluster.tsx'), 'ClusterPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/organizations',
    component: lazyPage(() => import('./organizations.tsx'), 'Organizations'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/organizations/$organizationId',
    component: lazyPage(() => import('./organization.tsx'), 'OrganizationPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/ledger',
    component: lazyPage(() => import('./ledger.tsx'), 'Ledger'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/prices',
    component: lazyPage(() => import('./prices.tsx'), 'Prices'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/attestations',
    component: lazyPage(() => import('./attestations.tsx'), 'Attestations'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/dead-letters',
    component: lazyPage(() => import('./dead-letters.tsx'), 'DeadLetters'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/invariants',
    component: lazyPage(() => import('./invariants.tsx'), 'Invariants'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/audit',
    component: lazyPage(() => import('./audit.tsx'), 'Audit'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/health',
    component: lazyPage(() => import('./health.tsx'), 'Health'),
  }),
] as const;
export const adminRoutes = area.addChildren(pages);

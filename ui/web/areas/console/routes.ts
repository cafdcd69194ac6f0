/** The pages of the console, by address, each loaded when it is opened. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../app/lazy-page.ts';
import { only, rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/console',
  beforeLoad: only(),
  loader: () => loadMessages('console'),
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
    path: '/clusters',
    beforeLoad: only('clusters:read'),
    component: lazyPage(() => import('./clusters.tsx'), 'Clusters'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters/new',
    beforeLoad: only('clusters:write'),
    loader: () => loadMessages('wizard'),
    component: lazyPage(() => import('./new-cluster.tsx'), 'NewCluster'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/clusters/$clusterId',
    beforeLoad: only('clusters:read'),
    component: lazyPage(() => import('./cluster.tsx'), 'ClusterPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/billing',
    beforeLoad: only('billing:read'),
    component: lazyPage(() => import('./billing.tsx'), 'Billing'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/invoices/$invoiceId',
    beforeLoad: only('billing:read'),
    component: lazyPage(() => import('./invoice.tsx'), 'InvoicePage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/members',
    beforeLoad: only('members:read'),
    component: lazyPage(() => import('./members.tsx'), 'Members'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/api-keys',
    component: lazyPage(() => import('./api-keys.tsx'), 'ApiKeys'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/sessions',
    component: lazyPage(() => import('./sessions.tsx'), 'Sessions'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/audit',
    beforeLoad: only('audit:read'),
    component: lazyPage(() => import('./audit.tsx'), 'Audit'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/settings',
    component: lazyPage(() => import('./settings.tsx'), 'Settings'),
  }),
] as const;
export const consoleRoutes = area.addChildren(pages);

/** The pages of the portal, by address, each loaded when it is opened. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../app/lazy-page.ts';
import { only, rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/portal',
  beforeLoad: only('workers:read'),
  loader: () => loadMessages('portal'),
  component: lazyPage(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyPage(() => import('./fleet.tsx'), 'Fleet'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/add',
    beforeLoad: only('workers:write'),
    component: lazyPage(() => import('./add-worker.tsx'), 'AddWorker'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/workers/$workerId',
    component: lazyPage(() => import('./worker.tsx'), 'WorkerPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/earnings',
    component: lazyPage(() => import('./earnings.tsx'), 'EarningsPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/market',
    component: lazyPage(() => import('./market.tsx'), 'Market'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/pools',
    component: lazyPage(() => import('./pools.tsx'), 'Pools'),
  }),
] as const;
export const portalRoutes = area.addChildren(pages);

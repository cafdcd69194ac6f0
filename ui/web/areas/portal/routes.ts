/** The pages of the portal, by address, each loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { only, rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/portal',
  beforeLoad: only('workers:read'),
  loader: () => loadMessages('portal'),
  component: lazyRouteComponent(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyRouteComponent(() => import('./fleet.tsx'), 'Fleet'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/add',
    beforeLoad: only('workers:write'),
    component: lazyRouteComponent(() => import('./add-worker.tsx'), 'AddWorker'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/workers/$workerId',
    component: lazyRouteComponent(() => import('./worker.tsx'), 'WorkerPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/earnings',
    component: lazyRouteComponent(() => import('./earnings.tsx'), 'EarningsPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/market',
    component: lazyRouteComponent(() => import('./market.tsx'), 'Market'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/pools',
    component: lazyRouteComponent(() => import('./pools.tsx'), 'Pools'),
  }),
] as const;
export const portalRoutes = area.addChildren(pages);

/** The pages of all parts in all their states: for who builds pages, and for the tests and benches that look at them. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';

const area = createRoute({ getParentRoute: () => rootRoute, path: '/parts' });

export const partsRoutes = area.addChildren([
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyRouteComponent(() => import('./parts.tsx'), 'Parts'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/table',
    component: lazyRouteComponent(() => import('./table.tsx'), 'TablePage'),
  }),
]);

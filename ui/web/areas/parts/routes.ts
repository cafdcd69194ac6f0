/** The page of all parts in all their states: for who builds pages, and for the tests that look at them. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';

export const partsRoutes = createRoute({
  getParentRoute: () => rootRoute,
  path: '/parts',
  component: lazyRouteComponent(() => import('./parts.tsx'), 'Parts'),
});

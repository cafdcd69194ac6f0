/** The pages of the site, by address, each loaded when it is opened. */
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  id: 'site',
  loader: () => loadMessages('site'),
  component: lazyRouteComponent(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyRouteComponent(() => import('./availability.tsx'), 'Availability'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/models/$modelId',
    component: lazyRouteComponent(() => import('./model.tsx'), 'ModelPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/network',
    component: lazyRouteComponent(() => import('./network.tsx'), 'NetworkPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/how-it-works',
    component: lazyRouteComponent(() => import('./how-it-works.tsx'), 'HowItWorks'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/reference',
    component: lazyRouteComponent(() => import('./reference.tsx'), 'Reference'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/signup',
    component: lazyRouteComponent(() => import('./sign-up.tsx'), 'SignUp'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/login',
    component: lazyRouteComponent(() => import('./log-in.tsx'), 'LogIn'),
  }),
] as const;
export const siteRoutes = area.addChildren(pages);

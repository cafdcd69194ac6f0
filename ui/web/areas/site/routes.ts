/** The pages of the site, by address, each loaded when it is opened. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../app/lazy-page.ts';
import { rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  id: 'site',
  loader: () => loadMessages('site'),
  component: lazyPage(() => import('./layout.tsx'), 'Layout'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyPage(() => import('./availability.tsx'), 'Availability'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/models/$modelId',
    component: lazyPage(() => import('./model.tsx'), 'ModelPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/network',
    component: lazyPage(() => import('./network.tsx'), 'NetworkPage'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/how-it-works',
    component: lazyPage(() => import('./how-it-works.tsx'), 'HowItWorks'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/reference',
    component: lazyPage(() => import('./reference.tsx'), 'Reference'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/signup',
    component: lazyPage(() => import('./sign-up.tsx'), 'SignUp'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/login',
    component: lazyPage(() => import('./log-in.tsx'), 'LogIn'),
  }),
] as const;
export const siteRoutes = area.addChildren(pages);

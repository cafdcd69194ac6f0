/** The pages of all parts in all their states: for who builds pages, and for the tests and benches that look at them. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../../app/lazy-page.ts';
import { rootRoute } from '../../app/root.tsx';
import { loadMessages } from '../../messages/index.ts';

const area = createRoute({
  getParentRoute: () => rootRoute,
  path: '/parts',
  loader: () => loadMessages('parts'),
});

// A list of its own: written inside addChildren, the compiler would lose the addresses, and links to nowhere would pass.
const pages = [
  createRoute({
    getParentRoute: () => area,
    path: '/',
    component: lazyPage(() => import('./parts.tsx'), 'Parts'),
  }),
  createRoute({
    getParentRoute: () => area,
    path: '/table',
    component: lazyPage(() => import('./table.tsx'), 'TablePage'),
  }),
] as const;
export const partsRoutes = area.addChildren(pages);

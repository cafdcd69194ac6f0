/** Every page by its address. */
import { createRouter } from '@tanstack/react-router';
import { adminRoutes } from '../areas/admin/routes.ts';
import { consoleRoutes } from '../areas/console/routes.ts';
import { partsRoutes } from '../areas/parts/routes.ts';
import { portalRoutes } from '../areas/portal/routes.ts';
import { siteRoutes } from '../areas/site/routes.ts';
import { addresses } from './addresses.ts';
import { Broken, NotFound, rootRoute } from './root.tsx';
import { parseSearch, stringifySearch } from './search.ts';

const routeTree = rootRoute.addChildren([siteRoutes, consoleRoutes, portalRoutes, adminRoutes, partsRoutes]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
  notFoundMode: 'root',
  scrollRestoration: true,
});

// A page that app/addresses.ts lacks, or an address there that has no page, does not compile.
void (addresses satisfies Record<Exclude<keyof typeof router.routesByPath, `/${string}/`>, unknown>);
void (router.routesByPath satisfies Record<keyof typeof addresses, unknown>);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface HistoryState {
    /** A request to start the wizard with, such as a nearest one. */
    request?: unknown;
    /** What a draft of the wizard keeps out of the address. */
    words?: { command: string[]; args: string[] };
  }
}

/** The three APIs: which routes each has, and where the gateway serves it. */

import type { Contract } from './route.ts';
import * as account from './routes/account.ts';
import * as billing from './routes/billing.ts';
import * as catalogue from './routes/catalogue.ts';
import * as clusters from './routes/clusters.ts';
import * as events from './routes/events.ts';
import * as operations from './routes/operations.ts';
import * as organization from './routes/organization.ts';
import * as supply from './routes/supply.ts';
import * as tasks from './routes/tasks.ts';

export const publicApi = {
  base: '/v1',
  title: 'Muster public API',
  description: 'For visitors and customers: what there is, clusters, tasks, money, the organization.',
  routes: { ...account, ...catalogue, ...clusters, ...tasks, ...events, ...billing, ...organization },
} satisfies Contract;

export const privateApi = {
  base: '/private/v1',
  title: 'Muster private API',
  description: 'For workers and their owners.',
  routes: supply,
} satisfies Contract;

export const internalApi = {
  base: '/internal/v1',
  title: 'Muster internal API',
  description: 'For operators: cluster management, analytics, monitoring.',
  routes: operations,
} satisfies Contract;

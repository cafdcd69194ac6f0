/** The public API: for visitors and customers. */
import type { Contract } from './route.ts';
import { account } from './routes/account.ts';
import { billing, invoices } from './routes/billing.ts';
import { countries, models, network, offers, prices } from './routes/catalogue.ts';
import { clusters, quotes } from './routes/clusters.ts';
import { events } from './routes/events.ts';
import { apiKeys, audit, members, organization, sessions } from './routes/organization.ts';
import { tasks } from './routes/tasks.ts';

export const publicApi = {
  base: '/v1',
  title: 'Muster public API',
  description: 'For visitors and customers: what there is, clusters, tasks, money, the organization.',
  routes: {
    account,
    models,
    countries,
    offers,
    prices,
    network,
    quotes,
    clusters,
    tasks,
    events,
    billing,
    invoices,
    organization,
    members,
    apiKeys,
    sessions,
    audit,
  },
} satisfies Contract;

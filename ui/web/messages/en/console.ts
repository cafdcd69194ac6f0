/** Texts of the area console. */
import { billing, invoice } from './console/billing.ts';
import { cluster } from './console/cluster.ts';
import { clusters } from './console/clusters.ts';
import { organization } from './console/organization.ts';
import { overview } from './console/overview.ts';

export const console = {
  title: 'Console',
  nav: {
    overview: 'Overview',
    clusters: 'Clusters',
    billing: 'Billing',
    members: 'Members',
    apiKeys: 'API keys',
    sessions: 'Sessions',
    audit: 'Audit',
    settings: 'Settings',
  },
  ...organization,
  overview,
  clusters,
  cluster,
  billing,
  invoice,
};

/** Texts of the area console. */
import { clusters } from './console/clusters.ts';
import { overview } from './console/overview.ts';
import { wizard } from './console/wizard.ts';

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
  overview,
  clusters,
  wizard,
};

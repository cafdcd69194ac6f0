/** Texte des Bereichs Konsole. */
import type { Messages } from '../index.ts';
import { billing, invoice } from './console/billing.ts';
import { cluster } from './console/cluster.ts';
import { clusters } from './console/clusters.ts';
import { organization } from './console/organization.ts';
import { overview } from './console/overview.ts';

export const console: Messages['console'] = {
  title: 'Konsole',
  nav: {
    overview: 'Übersicht',
    clusters: 'Cluster',
    billing: 'Abrechnung',
    members: 'Mitglieder',
    apiKeys: 'API-Schlüssel',
    sessions: 'Sitzungen',
    audit: 'Audit',
    settings: 'Einstellungen',
  },
  ...organization,
  overview,
  clusters,
  cluster,
  billing,
  invoice,
};

/** Texte des Bereichs Konsole. */
import type { Messages } from '../index.ts';
import { clusters } from './console/clusters.ts';
import { overview } from './console/overview.ts';
import { wizard } from './console/wizard.ts';

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
  overview,
  clusters,
  wizard,
};

/** Texts of the area admin, in German. */
import type { Messages } from '../index.ts';
import { customerPages } from './admin/customers.ts';
import { supplyPages } from './admin/supply.ts';
import { systemPages } from './admin/system.ts';

export const admin: Messages['admin'] = {
  title: 'Verwaltung',
  groups: { supply: 'Angebot', customers: 'Kunden und Geld', system: 'System' },
  nav: {
    overview: 'Überblick',
    fleet: 'Flotte',
    pools: 'Pools',
    attestations: 'Bescheinigungen',
    supply: 'Angebot und Nachfrage',
    clusters: 'Cluster',
    organizations: 'Organisationen',
    ledger: 'Hauptbuch',
    prices: 'Preisbuch',
    health: 'Zustand',
    invariants: 'Invarianten',
    deadLetters: 'Unzustellbare Nachrichten',
    audit: 'Prüfprotokoll',
  },
  ...supplyPages,
  ...customerPages,
  ...systemPages,
};

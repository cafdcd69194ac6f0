/** Texts of the area admin. */
import { customerPages } from './admin/customers.ts';
import { supplyPages } from './admin/supply.ts';
import { systemPages } from './admin/system.ts';

export const admin = {
  title: 'Admin',
  groups: { supply: 'Supply', customers: 'Customers and money', system: 'System' },
  nav: {
    overview: 'Overview',
    fleet: 'Fleet',
    pools: 'Pools',
    attestations: 'Attestations',
    supply: 'Supply and demand',
    clusters: 'Clusters',
    organizations: 'Organizations',
    ledger: 'Ledger',
    prices: 'Price book',
    health: 'Health',
    invariants: 'Invariants',
    deadLetters: 'Dead letters',
    audit: 'Audit',
  },
  ...supplyPages,
  ...customerPages,
  ...systemPages,
};

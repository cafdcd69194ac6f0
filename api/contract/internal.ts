/** The internal API: for operators. */
import type { Contract } from './route.ts';
import {
  analytics,
  attestations,
  audit,
  clusters,
  deadLetters,
  events,
  ledger,
  organizations,
  pools,
  priceBook,
  system,
  workers,
} from './routes/operations.ts';

export const internalApi = {
  base: '/internal/v1',
  title: 'Muster internal API',
  description: 'For operators: cluster management, analytics, monitoring.',
  routes: {
    workers,
    clusters,
    organizations,
    ledger,
    attestations,
    priceBook,
    deadLetters,
    events,
    pools,
    analytics,
    audit,
    system,
  },
} satisfies Contract;

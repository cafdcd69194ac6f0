/** The private API: for workers and their owners. */
import type { Contract } from './route.ts';
import { agents, earnings, enrolmentTokens, market, pools, workers } from './routes/supply.ts';

export const privateApi = {
  base: '/private/v1',
  title: 'Muster private API',
  description: 'For workers and their owners.',
  routes: { enrolmentTokens, agents, workers, earnings, pools, market },
} satisfies Contract;

/** What anyone may see: hardware, countries, offers, prices, the public numbers. */
import { networkNumbers } from '@muster/analytics';
import { followChanges, type Waker } from '@muster/api-feed';
import type { ApiHandlers } from '@muster/api-http';
import { offers } from '@muster/assembly';
import { countries, getModel, listModels } from '@muster/catalogue';
import type { publicApi } from '@muster/contract';
import type { Context } from '@muster/db';
import { priceHistory } from '@muster/pricing';

type Nouns = 'models' | 'countries' | 'offers' | 'prices' | 'network';

export function catalogue(context: Context, waker: Pick<Waker, 'on'>): Pick<ApiHandlers<typeof publicApi>, Nouns> {
  return {
    models: {
      list: async () => ({ items: await listModels(context.db) }),
      get: ({ params }) => getModel(context.db, params.modelId),
    },
    countries: {
      list: async () => ({ items: [...countries] }),
    },
    offers: {
      list: ({ query }) => offers(context, query),
    },
    prices: {
      history: ({ params, query }) => priceHistory(context, params.modelId, query),
    },
    network: {
      get: ({ query }) => networkNumbers(context, query.simulated),
      follow: followChanges(waker),
    },
  };
}

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

/** So long all visitors are told the same numbers: a change brings every open page back at once. */
const rememberedMs = 5_000;

export function catalogue(context: Context, waker: Pick<Waker, 'on'>): Pick<ApiHandlers<typeof publicApi>, Nouns> {
  const known = new Map<boolean, { until: number; answer: ReturnType<typeof networkNumbers> }>();
  const numbers = (simulated: boolean) => {
    const now = context.clock.now().getTime();
    const last = known.get(simulated);
    if (last && now < last.until) return last.answer;
    const answer = networkNumbers(context, simulated);
    known.set(simulated, { until: now + rememberedMs, answer });
    // A failure is nobody's answer but the one's who asked.
    answer.catch(() => known.delete(simulated));
    return answer;
  };
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
      get: ({ query }) => numbers(query.simulated),
      follow: followChanges(waker),
    },
  };
}

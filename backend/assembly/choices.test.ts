import { describe, expect, test } from '@jest/globals';
import { type Compliance, type ConnectivityTier, compliances, type ServiceTier, serviceTiers } from '@muster/common';
import type { Market } from '@muster/pricing';
import fc from 'fast-check';
import type { Candidate } from './candidate.ts';
import { type Choices, choicesOf } from './choices.ts';
import { testOf } from './dimensions.ts';
import type { SupplyRequest } from './request.ts';
import { candidates, models, requests } from './testing.ts';

/** As the real one, every property that is asked for has its price. */
const market: Market = (modelId, region, serviceTier, compliance, more) => {
  if (modelId === 'unpriced') return undefined;
  const connectivity = { ultra: 300_000, high: 100_000, medium: 0, low: 0 }[more?.connectivityTier ?? 'low'];
  const surcharges = compliance.reduce((sum, each) => sum + 70_000 * (compliances.indexOf(each) + 1), 0);
  return BigInt(
    600_000 * (models.indexOf(modelId) + 1) +
      (region === 'europe' ? 50_000 : 0) -
      serviceTiers.indexOf(serviceTier) * 1_000 +
      connectivity +
      surcharges +
      (more?.oneNetworkDomain ? 250_000 : 0),
  );
};

/** The request with one thing asked differently, written plainly. */
function asked(request: SupplyRequest, dimension: Choices['dimension'], value: string): SupplyRequest {
  switch (dimension) {
    case 'model':
      return { ...request, modelIds: [value] };
    case 'devices':
      return { ...request, devicesPerWorker: Number(value) };
    case 'country':
      return { ...request, countries: [value], regions: [] };
    case 'region':
      return { ...request, countries: [], regions: [value] };
    case 'connectivity':
      return { ...request, connectivityTier: value as ConnectivityTier };
    case 'together':
      return { ...request, oneSite: value === 'oneSite', oneNetworkDomain: value === 'oneNetworkDomain' };
    case 'serviceTier':
      return { ...request, serviceTier: value as ServiceTier };
    case 'compliance':
      return { ...request, compliance: [...request.compliance.filter((each) => each !== value), value as Compliance] };
  }
}

function recount(request: SupplyRequest, list: Candidate[]) {
  const { misses, price } = testOf(request, market);
  const matching = list.filter((each) => each.simulated === request.simulated && misses(each) === 0);
  const least = Math.min(...matching.map(price));
  return {
    workers: matching.length,
    fromMicroUsdPerDeviceHour: matching.length === 0 ? null : BigInt(least),
  };
}

describe('choices', () => {
  test('each option is what a request that asked for it would find, in number and in price', () => {
    let found = 0;
    fc.assert(
      fc.property(requests, candidates, (request, list) => {
        const { matching, choices } = choicesOf(request, list, market);
        expect(matching).toBe(recount(request, list).workers);
        for (const { dimension, options } of choices) {
          for (const { value, ...option } of options) {
            const changed = asked(request, dimension, value);
            expect([dimension, value, option]).toEqual([dimension, value, recount(changed, list)]);
            found += option.workers;
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(found).toBeGreaterThan(0);
  });

  test('the options are those that exist, hired or not, and what is asked; the order of supply changes nothing', () => {
    fc.assert(
      fc.property(requests, candidates, (request, list) => {
        const { choices } = choicesOf(request, list, market);
        expect(choicesOf(request, list.toReversed(), market).choices).toEqual(choices);
        const values = Object.fromEntries(
          choices.map(({ dimension, options }) => [dimension, options.map(({ value }) => value)]),
        );
        const kind = list.filter(({ simulated }) => simulated === request.simulated);
        const existing = (all: string[]) => [...new Set(all)].sort();
        expect(values).toEqual({
          model: existing([...request.modelIds, ...kind.map(({ modelId }) => modelId)]),
          devices: ['1', '2', '4', '8'],
          country: existing([...request.countries, ...kind.map(({ country }) => country)]),
          region: existing([...request.regions, ...kind.map(({ region }) => region)]),
          connectivity: ['ultra', 'high', 'medium', 'low'],
          together: ['oneSite', 'oneNetworkDomain'],
          serviceTier: [...serviceTiers],
          compliance: [...compliances],
        });
      }),
    );
  });

  test('a number of devices that is asked for is an option of its own', () => {
    const request = { ...fc.sample(requests, { numRuns: 1, seed: 1 })[0]!, devicesPerWorker: 6 };
    const { choices } = choicesOf(request, [], market);
    const options = choices.find(({ dimension }) => dimension === 'devices')!.options;
    expect(options.map(({ value }) => value)).toEqual(['1', '2', '4', '6', '8']);
  });
});

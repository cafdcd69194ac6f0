/** What each other choice would leave: how many free workers match when one thing is asked differently, and from which price. Pure. */
import { compliances, connectivityTierNames, serviceTiers } from '@muster/common';
import type { Market } from '@muster/pricing';
import type { Candidate } from './candidate.ts';
import { bitOf, testOf } from './dimensions.ts';
import type { SupplyRequest } from './request.ts';

export interface Option {
  /** A model, a number of devices, a country, a region, a tier, a compliance; of `together`: `oneSite` or `oneNetworkDomain`. */
  value: string;
  /** Free workers that match, together or not. */
  workers: number;
  /** Of the cheapest of them; null when there is none. */
  fromMicroUsdPerDeviceHour: bigint | null;
}

export interface Choices {
  dimension: 'model' | 'devices' | 'country' | 'region' | 'connectivity' | 'together' | 'serviceTier' | 'compliance';
  options: Option[];
}

const usualDevices = [1, 2, 4, 8];
const [model, devices, location, serviceTier] = [
  bitOf('model'),
  bitOf('devices'),
  bitOf('location'),
  bitOf('serviceTier'),
];
/** What the options that change prices may change: who misses more than these matches none of them. */
const repriced = bitOf('connectivity') | bitOf('site') | bitOf('networkDomain') | bitOf('price');

/**
 * Counts the workers that match, and those that would match with each option in place of what is asked in its dimension, all
 * else unchanged. A country or a region stands for the whole place that is asked; a compliance is added to those asked.
 *
 * One pass for what leaves prices as they are. Connectivity, network domain and compliance have prices of their own: each of
 * their options is tested again, on the few workers that it can let in.
 *
 * @param candidates every worker, free or not: the options are those that exist
 */
export function choicesOf(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
): { matching: number; choices: Choices[] } {
  const test = testOf(request, market);
  const kind = candidates.filter(({ simulated }) => simulated === request.simulated);
  const models = tally([...request.modelIds, ...kind.map(({ modelId }) => modelId)].sort());
  const countries = tally([...request.countries, ...kind.map(({ country }) => country)].sort());
  const regions = tally([...request.regions, ...kind.map(({ region }) => region)].sort());
  const deviceCounts = [...new Set([...usualDevices, request.devicesPerWorker])].sort((left, right) => left - right);
  const counts = tally(deviceCounts.map(String));
  const tiers = tally(serviceTiers);
  const near: Candidate[] = [];
  let matching = 0;

  for (const candidate of kind) {
    const missed = test.misses(candidate);
    const price = test.price(candidate);
    if (missed === 0) matching++;
    if ((missed & ~repriced) === 0) near.push(candidate);
    if ((missed & ~model) === 0) models.add(candidate.modelId, price);
    if ((missed & ~devices) === 0) {
      for (const count of deviceCounts) if (count <= candidate.deviceCount) counts.add(String(count), price);
    }
    if ((missed & ~location) === 0) {
      countries.add(candidate.country, price);
      regions.add(candidate.region, price);
    }
    if ((missed & ~serviceTier) === 0) {
      for (const tier of serviceTiers.slice(candidate.serviceTier)) tiers.add(tier, price);
    }
  }

  const retested = (changes: Record<string, Partial<SupplyRequest>>): Option[] =>
    Object.entries(changes).map(([value, change]) => {
      const changed = testOf({ ...request, ...change }, market);
      const option = tally([value]);
      for (const candidate of near) if (changed.misses(candidate) === 0) option.add(value, changed.price(candidate));
      return option.options()[0]!;
    });

  return {
    matching,
    choices: [
      { dimension: 'model', options: models.options() },
      { dimension: 'devices', options: counts.options() },
      { dimension: 'country', options: countries.options() },
      { dimension: 'region', options: regions.options() },
      {
        dimension: 'connectivity',
        options: retested(Object.fromEntries(connectivityTierNames.map((tier) => [tier, { connectivityTier: tier }]))),
      },
      {
        dimension: 'together',
        options: retested({
          oneSite: { oneSite: true, oneNetworkDomain: false },
          oneNetworkDomain: { oneSite: false, oneNetworkDomain: true },
        }),
      },
      { dimension: 'serviceTier', options: tiers.options() },
      {
        dimension: 'compliance',
        options: retested(
          Object.fromEntries(
            compliances.map((each) => [each, { compliance: [...new Set([...request.compliance, each])] }]),
          ),
        ),
      },
    ],
  };
}

/** Workers and the least price by value, in the order of the values. */
function tally(values: readonly string[]) {
  const found = new Map(values.map((value) => [value, { workers: 0, least: Number.POSITIVE_INFINITY }]));
  return {
    add(value: string, price: number): void {
      const entry = found.get(value)!;
      entry.workers++;
      if (price < entry.least) entry.least = price;
    },
    options: (): Option[] =>
      [...found].map(([value, { workers, least }]) => ({
        value,
        workers,
        fromMicroUsdPerDeviceHour: workers === 0 ? null : BigInt(least),
      })),
  };
}

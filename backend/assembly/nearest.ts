/** The nearest requests that would work: one dimension given up as little as possible, or two when one does not suffice. */

import { connectivityTierNames, serviceTiers } from '@muster/common';
import type { Market } from '@muster/pricing';
import { assemble, groupsOf } from './assemble.ts';
import { type Candidate, connectivityIndex, serviceTierIndex } from './candidate.ts';
import { bitOf, type Dimension, missesOf, testOf } from './dimensions.ts';
import type { SupplyRequest } from './request.ts';

const atMost = 5;

/**
 * Ways out of a refusal, each planned to the end, so that it would succeed now.
 *
 * @returns at most five, those first that keep most of what was asked: the place and the devices before the price
 */
export function nearestRequests(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
): SupplyRequest[] {
  const one = relaxOne(request, candidates, market);
  if (one.length > 0) return one.slice(0, atMost);
  const misses = missesOf(request, candidates, market);
  const two: SupplyRequest[] = [];
  for (const dimension of relaxable(request)) {
    const given = variants(dimension, request, nearMisses(dimension, candidates, misses, 1), market).at(-1);
    if (given) two.push(...relaxOne(given, candidates, market).slice(0, 1));
    if (two.length >= atMost) break;
  }
  return distinct(two);
}

/** For each dimension, the least change that makes the request succeed, when there is one. */
function relaxOne(request: SupplyRequest, candidates: readonly Candidate[], market: Market): SupplyRequest[] {
  const misses = missesOf(request, candidates, market);
  const found: SupplyRequest[] = [];
  for (const dimension of relaxable(request)) {
    const near = nearMisses(dimension, candidates, misses, 0);
    if (near.length < request.workers) continue;
    const works = variants(dimension, request, near, market).find((variant) => assemble(variant, near, market));
    if (works) found.push(works);
  }
  const fewer = fewerWorkers(request, candidates, market);
  if (fewer) found.push(fewer);
  return found;
}

/** What can be given up in a request, what hurts least first. Whether a worker is ready, hired or in another pool is not up to the customer. */
function relaxable(request: SupplyRequest): Dimension[] {
  return [
    'networkDomain',
    'site',
    'serviceTier',
    'connectivity',
    'price',
    'location',
    ...request.compliance,
    'model',
    'devices',
  ];
}

/**
 * The candidates that miss only this dimension and `others` more. Too high a price is overlooked, since giving up something else may
 * lower it: who uses the answer plans with it.
 */
function nearMisses(
  dimension: Dimension,
  candidates: readonly Candidate[],
  misses: Uint32Array,
  others: 0 | 1,
): Candidate[] {
  const overlooked = ~(bitOf(dimension) | bitOf('price'));
  return candidates.filter((_, index) => {
    const left = misses[index]! & overlooked;
    return left === 0 || (others === 1 && (left & (left - 1)) === 0);
  });
}

/** The request with this dimension given up step by step, the nearest step first. */
function variants(
  dimension: Dimension,
  request: SupplyRequest,
  near: readonly Candidate[],
  market: Market,
): SupplyRequest[] {
  switch (dimension) {
    case 'networkDomain':
      return request.oneNetworkDomain ? [{ ...request, oneNetworkDomain: false }] : [];
    case 'site':
      return request.oneSite ? [{ ...request, oneSite: false }] : [];
    case 'serviceTier':
      return request.serviceTier === null
        ? []
        : [...serviceTiers.slice(serviceTierIndex(request.serviceTier) + 1), null].map((serviceTier) => ({
            ...request,
            serviceTier,
          }));
    case 'connectivity':
      return connectivityTierNames
        .slice(connectivityIndex(request.connectivityTier) + 1)
        .map((connectivityTier) => ({ ...request, connectivityTier }));
    case 'price':
      return higherPrice(request, near, market);
    case 'location':
      return elsewhere(request, near);
    case 'model':
      return otherModels(request, near);
    case 'devices':
      return distinctValues(near.map(({ deviceCount }) => deviceCount))
        .filter((count) => count < request.devicesPerWorker && count > 0)
        .sort((left, right) => right - left)
        .map((devicesPerWorker) => ({ ...request, devicesPerWorker }));
    case 'pool':
    case 'readiness':
    case 'hired':
      return [];
    default:
      return [{ ...request, compliance: request.compliance.filter((each) => each !== dimension) }];
  }
}

/** The lowest limit that suffices: the dearest worker of the cheapest set. */
function higherPrice(request: SupplyRequest, near: readonly Candidate[], market: Market): SupplyRequest[] {
  if (request.maxMicroUsdPerDeviceHour === null) return [];
  const cheapest = assemble({ ...request, maxMicroUsdPerDeviceHour: null }, near, market);
  if (!cheapest) return [];
  const prices = cheapest.workers.map((worker) => worker.priceMicroUsdPerDeviceHour);
  const dearest = prices.reduce((most, price) => (price > most ? price : most), 0n);
  return [{ ...request, maxMicroUsdPerDeviceHour: dearest }];
}

/** One more country, where the most workers are first; then anywhere. */
function elsewhere(request: SupplyRequest, near: readonly Candidate[]): SupplyRequest[] {
  if (request.countries.length === 0 && request.regions.length === 0) return [];
  const countries = byFrequency(near.map(({ country }) => country)).filter(
    (country) => !request.countries.includes(country),
  );
  return [
    ...countries.map((country) => ({ ...request, countries: [...request.countries, country] })),
    { ...request, countries: [], regions: [] },
  ];
}

/** One more model, of which there are the most workers first; then all of them. */
function otherModels(request: SupplyRequest, near: readonly Candidate[]): SupplyRequest[] {
  const models = byFrequency(near.map(({ modelId }) => modelId)).filter((id) => !request.modelIds.includes(id));
  if (models.length === 0) return [];
  return [
    ...models.map((modelId) => ({ ...request, modelIds: [...request.modelIds, modelId] })),
    { ...request, modelIds: [...request.modelIds, ...models] },
  ];
}

function fewerWorkers(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
): SupplyRequest | undefined {
  const groups = groupsOf(request, candidates, testOf(request, market));
  const workers = groups.reduce((most, { members }) => Math.max(most, members.length), 0);
  return workers > 0 && workers < request.workers ? { ...request, workers } : undefined;
}

function byFrequency(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort(([left, leftCount], [right, rightCount]) => rightCount - leftCount || (left < right ? -1 : 1))
    .map(([value]) => value);
}

function distinctValues<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function distinct(requests: SupplyRequest[]): SupplyRequest[] {
  const text = (request: SupplyRequest) =>
    JSON.stringify(request, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  return [...new Map(requests.map((request) => [text(request), request])).values()];
}

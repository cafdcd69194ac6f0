/**
 * The dimensions in which a worker can miss a request, one bit each: the one place that decides whether a worker will do, and that
 * says why not.
 */
import { compliances, connectivityTierNames, formatMicro, serviceTiers } from '@muster/common';
import type { Market } from '@muster/pricing';
import { type Candidate, complianceBits, connectivityIndex, serviceTierIndex } from './candidate.ts';
import type { SupplyRequest } from './request.ts';

export const dimensions = [
  'model',
  'devices',
  'location',
  'connectivity',
  'site',
  'networkDomain',
  'serviceTier',
  'market',
  'price',
  'pool',
  'readiness',
  'hired',
  ...compliances,
] as const;
export type Dimension = (typeof dimensions)[number];

export function bitOf(dimension: Dimension): number {
  return 1 << dimensions.indexOf(dimension);
}

const model = bitOf('model');
const devices = bitOf('devices');
const location = bitOf('location');
const connectivity = bitOf('connectivity');
const site = bitOf('site');
const networkDomain = bitOf('networkDomain');
const serviceTier = bitOf('serviceTier');
const unpriced = bitOf('market');
const price = bitOf('price');
const pool = bitOf('pool');
const readiness = bitOf('readiness');
const hired = bitOf('hired');
const complianceShift = dimensions.indexOf(compliances[0]);

/** A request made ready for looking at many candidates. */
export interface Test {
  /** The dimensions that the candidate misses, as bits; 0 when it will do. */
  misses(candidate: Candidate): number;
  /** Price of a device-hour in micro-units; infinite when the model has no price there. */
  price(candidate: Candidate): number;
}

export function testOf(request: SupplyRequest, market: Market): Test {
  const modelIds = new Set(request.modelIds);
  const countries = new Set(request.countries);
  const regions = new Set(request.regions);
  const anywhere = countries.size === 0 && regions.size === 0;
  const worstConnectivity = connectivityIndex(request.connectivityTier);
  const worstServiceTier = request.serviceTier === null ? serviceTiers.length : serviceTierIndex(request.serviceTier);
  const compliance = complianceBits(request.compliance);
  const most = request.maxMicroUsdPerDeviceHour === null ? Number.MAX_VALUE : Number(request.maxMicroUsdPerDeviceHour);
  const { beside } = request;
  const priceOf = rememberPrices(request, market);

  return {
    misses(candidate) {
      let missed = (compliance & ~candidate.compliance) << complianceShift;
      if (!modelIds.has(candidate.modelId)) missed |= model;
      if (candidate.deviceCount < request.devicesPerWorker) missed |= devices;
      if (!anywhere && !countries.has(candidate.country) && !regions.has(candidate.region)) missed |= location;
      if (candidate.connectivity > worstConnectivity) missed |= connectivity;
      if (request.oneSite && !isAt(candidate.site, beside?.site)) missed |= site;
      if (request.oneNetworkDomain && !isAt(candidate.networkDomain, beside?.networkDomain)) missed |= networkDomain;
      if (candidate.serviceTier > worstServiceTier) missed |= serviceTier;
      if (beside !== null && candidate.poolId !== beside.poolId) missed |= pool;
      if (candidate.availability === 'hired') missed |= hired;
      else if (candidate.availability === 'unready') missed |= readiness;
      const asked = priceOf(candidate);
      if (asked === Number.POSITIVE_INFINITY) missed |= unpriced;
      else if (asked > most) missed |= price;
      return missed;
    },
    price: priceOf,
  };
}

/** At a known place and, when there is one already, at that one. */
function isAt(place: string | null, required: string | null | undefined): boolean {
  return required == null ? place !== null : place === required;
}

/** What every candidate misses, in their order; all bits are set for one that is simulated when the request is not, or the reverse. */
export function missesOf(request: SupplyRequest, candidates: readonly Candidate[], market: Market): Uint32Array {
  const test = testOf(request, market);
  const misses = new Uint32Array(candidates.length);
  for (let index = 0; index < candidates.length; index++) {
    const candidate = candidates[index]!;
    misses[index] = candidate.simulated === request.simulated ? test.misses(candidate) : 0xffffffff;
  }
  return misses;
}

/** Prices are few and candidates are many: each is asked of the market once. */
function rememberPrices(request: SupplyRequest, market: Market): Test['price'] {
  const { connectivityTier, oneNetworkDomain } = request;
  const known = serviceTiers.map(() => new Map<string, Map<string, number>>());
  return ({ modelId, region, serviceTier, floor }) => {
    const ofTier = known[serviceTier]!;
    let ofModel = ofTier.get(modelId);
    if (!ofModel) {
      ofModel = new Map();
      ofTier.set(modelId, ofModel);
    }
    let price = ofModel.get(region);
    if (price === undefined) {
      const asked = market(modelId, region, serviceTiers[serviceTier]!, request.compliance, {
        connectivityTier,
        oneNetworkDomain,
      });
      price = asked === undefined ? Number.POSITIVE_INFINITY : Number(asked);
      ofModel.set(region, price);
    }
    return price > floor ? price : floor;
  };
}

const complianceNames: Record<(typeof compliances)[number], string> = {
  soc2: 'SOC 2',
  hipaa: 'HIPAA',
  gdpr: 'GDPR',
  iso27001: 'ISO 27001',
  trusted: 'a trusted pool',
  e2e_encryption: 'end-to-end encryption',
  clean_energy: 'clean energy',
};

/** What the request asks in this dimension, in words. */
export function requiredIn(dimension: Dimension, request: SupplyRequest): string {
  switch (dimension) {
    case 'model':
      return request.modelIds.join(' or ');
    case 'devices':
      return `${request.devicesPerWorker} devices in a worker`;
    case 'location':
      return [...request.countries, ...request.regions].join(' or ');
    case 'connectivity':
      return connectivityTierNames.slice(0, connectivityIndex(request.connectivityTier) + 1).join(' or ');
    case 'site':
      return request.beside?.site ?? 'a known site';
    case 'networkDomain':
      return request.beside?.networkDomain ?? 'a known network domain';
    case 'serviceTier':
      return `${request.serviceTier} or better`;
    case 'market':
      return 'a price in the price book';
    case 'price':
      return `at most ${formatMicro(request.maxMicroUsdPerDeviceHour ?? 0n)} per device-hour`;
    case 'pool':
      return 'the pool in which the cluster is';
    case 'readiness':
      return 'cluster-ready';
    case 'hired':
      return 'not hired';
    default:
      return complianceNames[dimension];
  }
}

/** `9 lack SOC 2`: what so many workers have against them. */
export function sentenceOf(dimension: Dimension, count: number, request: SupplyRequest, freeAt: Date | null): string {
  const one = count === 1;
  switch (dimension) {
    case 'model':
      return `${count} ${one ? 'is' : 'are'} of another model`;
    case 'devices':
      return `${count} ${one ? 'has' : 'have'} fewer than ${request.devicesPerWorker} devices`;
    case 'location':
      return `${count} ${one ? 'is' : 'are'} elsewhere`;
    case 'connectivity':
      return `${count} ${one ? 'does' : 'do'} not reach the ${request.connectivityTier} connectivity tier`;
    case 'site':
      return `${count} ${one ? 'is' : 'are'} at ${request.beside?.site ? 'another' : 'no known'} site`;
    case 'networkDomain':
      return `${count} ${one ? 'is' : 'are'} in ${request.beside?.networkDomain ? 'another' : 'no known'} network domain`;
    case 'serviceTier':
      return `${count} ${one ? 'does' : 'do'} not serve the ${request.serviceTier} tier`;
    case 'market':
      return `${count} ${one ? 'has' : 'have'} no price yet`;
    case 'price':
      return `${count} ${one ? 'costs' : 'cost'} more than the price guard allows`;
    case 'pool':
      return `${count} ${one ? 'is' : 'are'} in another pool`;
    case 'readiness':
      return `${count} ${one ? 'is' : 'are'} not ready`;
    case 'hired':
      return `${count} ${one ? 'is' : 'are'} hired${freeAt ? ` until ${minuteOf(freeAt)}` : ''}`;
    default:
      return `${count} ${one ? 'lacks' : 'lack'} ${complianceNames[dimension]}`;
  }
}

function minuteOf(at: Date): string {
  return `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

import { describe, expect, test } from '@jest/globals';
import { serviceTiers } from '@muster/common';
import type { Market } from '@muster/pricing';
import fc from 'fast-check';
import { type Candidate, complianceBits, connectivityIndex } from './candidate.ts';
import { plan } from './plan.ts';
import type { SupplyRequest } from './request.ts';
import { candidates, models, requests } from './testing.ts';

const market: Market = (modelId, region, serviceTier, compliance) => {
  if (modelId === 'unpriced') return undefined;
  const base = BigInt(1_000_000 * (models.indexOf(modelId) + 1) + (region === 'europe' ? 50_000 : 0));
  return base + BigInt(10_000 * compliance.length) - BigInt(serviceTiers.indexOf(serviceTier) * 1_000);
};

/** The rules once more, written plainly: what the planner is held against. */
function priceOf(request: SupplyRequest, each: Candidate): bigint | undefined {
  const asked = market(each.modelId, each.region, serviceTiers[each.serviceTier]!, request.compliance);
  return asked === undefined ? undefined : asked > BigInt(each.floor) ? asked : BigInt(each.floor);
}

function willDo(request: SupplyRequest, each: Candidate): boolean {
  const price = priceOf(request, each);
  const anywhere = request.countries.length + request.regions.length === 0;
  return (
    each.simulated === request.simulated &&
    each.availability === 'free' &&
    request.modelIds.includes(each.modelId) &&
    each.deviceCount >= request.devicesPerWorker &&
    (anywhere || request.countries.includes(each.country) || request.regions.includes(each.region)) &&
    each.connectivity <= connectivityIndex(request.connectivityTier) &&
    (request.serviceTier === null || each.serviceTier <= serviceTiers.indexOf(request.serviceTier)) &&
    (each.compliance & complianceBits(request.compliance)) === complianceBits(request.compliance) &&
    (request.beside === null || each.poolId === request.beside.poolId) &&
    (!request.oneSite || (request.beside?.site ? each.site === request.beside.site : each.site !== null)) &&
    (!request.oneNetworkDomain || each.networkDomain !== null) &&
    price !== undefined &&
    (request.maxMicroUsdPerDeviceHour === null || price <= request.maxMicroUsdPerDeviceHour)
  );
}

function groupKey(request: SupplyRequest, each: Candidate): string {
  return `${each.poolId}/${request.oneSite ? each.site : ''}/${request.oneNetworkDomain ? each.networkDomain : ''}`;
}

/** The price of the cheapest set, by trying every group; undefined when there is none. */
function cheapest(request: SupplyRequest, list: Candidate[]): bigint | undefined {
  const groups = Object.values(
    Object.groupBy(
      list.filter((each) => willDo(request, each)),
      (each) => groupKey(request, each),
    ),
  );
  const totals = groups
    .filter((members) => members!.length >= request.workers)
    .map((members) =>
      members!
        .map((each) => priceOf(request, each)!)
        .sort((left, right) => Number(left - right))
        .slice(0, request.workers)
        .reduce((sum, price) => sum + price, 0n),
    );
  return totals.length === 0 ? undefined : totals.reduce((least, total) => (total < least ? total : least));
}

const worker = (index: number, change: Partial<Candidate> = {}): Candidate => ({
  workerId: `wrk_${index}`,
  organizationId: 'org_supplier',
  poolId: 'pool_a',
  modelId: 'nvidia-l4',
  deviceCount: 1,
  country: 'DE',
  region: 'europe',
  site: null,
  networkDomain: null,
  connectivity: 0,
  serviceTier: 2,
  compliance: complianceBits(['soc2']),
  floor: 0,
  simulated: false,
  availability: 'free',
  freeAt: null,
  ...change,
});
const request: SupplyRequest = {
  modelIds: ['nvidia-l4'],
  devicesPerWorker: 1,
  workers: 4,
  countries: ['DE'],
  regions: [],
  connectivityTier: 'low',
  oneSite: false,
  oneNetworkDomain: false,
  compliance: ['soc2'],
  serviceTier: null,
  maxMicroUsdPerDeviceHour: null,
  simulated: false,
  beside: null,
};

describe('the planner', () => {
  test('gives exactly the workers asked for, each of which will do, in one pool and at the least price, or none', () => {
    fc.assert(
      fc.property(requests, candidates, (request, list) => {
        const { assembled } = plan(request, list, market);
        const least = cheapest(request, list);
        if (!assembled) return expect(least).toBeUndefined();
        const chosen = assembled.workers.map(({ candidate }) => candidate);
        expect(new Set(chosen.map(({ workerId }) => workerId)).size).toBe(request.workers);
        expect(chosen.filter((each) => !willDo(request, each))).toEqual([]);
        expect(new Set(chosen.map((each) => groupKey(request, each))).size).toBe(1);
        expect(new Set(chosen.map(({ poolId }) => poolId))).toEqual(new Set([assembled.poolId]));
        expect(assembled.priceMicroUsdPerHour).toBe(least! * BigInt(request.devicesPerWorker));
      }),
      { numRuns: 500 },
    );
  });

  test('the order in which candidates come changes nothing', () => {
    fc.assert(
      fc.property(
        requests,
        candidates.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        (request, [list, shuffled]) => {
          expect(plan(request, shuffled, market)).toEqual(plan(request, list, market));
        },
      ),
    );
  });

  test('each reason is true alone: giving up only this dimension lets so many more workers match', () => {
    fc.assert(
      fc.property(requests, candidates, (request, list) => {
        const { refusal } = plan(request, list, market);
        if (!refusal) return;
        expect(refusal.matching).toBe(list.filter((each) => willDo(request, each)).length);
        for (const { dimension, wouldMatch } of refusal.exclusions) {
          const compliance = request.compliance.filter((each) => each !== dimension);
          const relaxed: Partial<Record<typeof dimension, [SupplyRequest, Partial<Candidate>?]>> = {
            model: [{ ...request, modelIds: [...models, 'unpriced'] }],
            devices: [{ ...request, devicesPerWorker: 1 }],
            location: [{ ...request, countries: [], regions: [] }],
            connectivity: [request, { connectivity: 0 }],
            site: [request, { site: request.beside?.site ?? 'any' }],
            networkDomain: [request, { networkDomain: 'any' }],
            serviceTier: [{ ...request, serviceTier: null }],
            price: [{ ...request, maxMicroUsdPerDeviceHour: null }],
            pool: [request, { poolId: 'pool_a' }],
            readiness: [request, { availability: 'free' }],
            hired: [request, { availability: 'free' }],
          };
          const [asked, changed] = relaxed[dimension] ?? [undefined];
          if (
            !asked ||
            (request.maxMicroUsdPerDeviceHour !== null && compliance.length !== request.compliance.length)
          ) {
            continue;
          }
          const more = list.filter((each) => {
            if (dimension === 'readiness' && each.availability === 'hired') return false;
            if (dimension === 'hired' && each.availability === 'unready') return false;
            return !willDo(request, each) && willDo(asked, { ...each, ...changed });
          });
          expect([dimension, more.length]).toEqual([dimension, wouldMatch]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('every nearest request would succeed now, and asks for something else', () => {
    let offered = 0;
    fc.assert(
      fc.property(requests, candidates, (request, list) => {
        for (const nearest of plan(request, list, market).refusal?.nearest ?? []) {
          offered++;
          expect(nearest).not.toEqual(request);
          expect(nearest.simulated).toBe(request.simulated);
          expect(plan(nearest, list, market).assembled).toBeDefined();
        }
      }),
      { numRuns: 500 },
    );
    expect(offered).toBeGreaterThan(0);
  });

  test('among equal prices the best connected come first, then those with company at their site, then no device is wasted', () => {
    const chosen = (list: Candidate[]) =>
      plan({ ...request, workers: 2 }, list, market)
        .assembled!.workers.map(({ candidate }) => candidate.workerId)
        .sort();
    const slow = { connectivity: 3 };
    expect(chosen([worker(1, slow), worker(2, slow), worker(3), worker(4)])).toEqual(['wrk_3', 'wrk_4']);
    expect(chosen([worker(1, { site: 'a' }), worker(2, { site: 'b' }), worker(3, { site: 'b' })])).toEqual([
      ...['wrk_2', 'wrk_3'],
    ]);
    expect(chosen([worker(1, { deviceCount: 8 }), worker(2), worker(3)])).toEqual(['wrk_2', 'wrk_3']);
    expect(chosen([worker(1, { ...slow, floor: 1 }), worker(2), worker(3, { floor: 9_000_000 })])).toEqual([
      'wrk_1',
      'wrk_2',
    ]);
  });

  test('a refusal says why in a sentence', () => {
    const hired = { availability: 'hired', freeAt: Date.UTC(2026, 0, 1, 14) } as const;
    const list = [
      worker(1),
      worker(2),
      worker(3, { compliance: 0 }),
      worker(4, { compliance: 0 }),
      worker(5, { compliance: 0 }),
      worker(6, hired),
      worker(7, { compliance: 0, country: 'US', region: 'north-america' }),
    ];
    const { refusal } = plan(request, list, market);
    expect(refusal!.summary).toBe('2 workers match; 3 lack SOC 2; 1 is hired until 2026-01-01 14:00 UTC.');
    expect(refusal!.nearest).toEqual([
      { ...request, compliance: [] },
      { ...request, workers: 2 },
    ]);
  });
});

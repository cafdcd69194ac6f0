/** For property tests: supply and requests of every sort. */
import { compliances, connectivityTierNames, serviceTiers } from '@muster/common';
import fc from 'fast-check';
import type { Candidate } from './candidate.ts';
import type { SupplyRequest } from './request.ts';

export const models = ['nvidia-h100-80gb-sxm', 'nvidia-l4', 'cpu-test'];
const places = [
  ['DE', 'europe'],
  ['FR', 'europe'],
  ['US', 'north-america'],
] as const;

export const candidates = fc
  .array(
    fc.record({
      organizationId: fc.constant('org_supplier'),
      poolId: fc.constantFrom('pool_a', 'pool_b'),
      modelId: fc.constantFrom(...models, 'unpriced'),
      deviceCount: fc.constantFrom(1, 4, 8),
      place: fc.constantFrom(...places),
      site: fc.constantFrom('s1', 's2', null),
      networkDomain: fc.constantFrom('n1', null),
      connectivity: fc.integer({ min: 0, max: 4 }),
      serviceTier: fc.integer({ min: 0, max: 2 }),
      compliance: fc.integer({ min: 0, max: 3 }),
      floor: fc.constantFrom(0, 1_500_000),
      simulated: fc.constantFrom(false, false, true),
      availability: fc.constantFrom('free', 'free', 'free', 'hired', 'unready'),
      freeAt: fc.constantFrom(null, 1_767_276_000_000),
    }),
    { maxLength: 40 },
  )
  .map((list) =>
    list.map(
      ({ place, ...rest }, index): Candidate => ({
        ...rest,
        workerId: `wrk_${String(index).padStart(3, '0')}`,
        country: place[0],
        region: place[1],
      }),
    ),
  );

export const requests: fc.Arbitrary<SupplyRequest> = fc.record({
  modelIds: fc.subarray(models, { minLength: 1 }),
  devicesPerWorker: fc.constantFrom(1, 4),
  workers: fc.integer({ min: 1, max: 5 }),
  countries: fc.subarray(['DE', 'FR', 'US'], { maxLength: 2 }),
  regions: fc.constantFrom<string[]>([], ['europe']),
  connectivityTier: fc.constantFrom(...connectivityTierNames),
  oneSite: fc.boolean(),
  oneNetworkDomain: fc.constantFrom(false, false, true),
  compliance: fc.subarray([compliances[0], compliances[1]]),
  serviceTier: fc.constantFrom(...serviceTiers, null),
  maxMicroUsdPerDeviceHour: fc.constantFrom(null, 1_200_000n, 2_000_000n),
  simulated: fc.constantFrom(false, false, true),
  beside: fc.constantFrom(
    null,
    null,
    { poolId: 'pool_a', site: null, networkDomain: null },
    { poolId: 'pool_a', site: 's1', networkDomain: null },
  ),
});

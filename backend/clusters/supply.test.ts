import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { assemble, gatherAll, gatherFree, offers, type SupplyRequest } from '@muster/assembly';
import { compliances, connectivityTierNames, serviceTiers } from '@muster/common';
import { sql } from '@muster/db';
import { currentMarket } from '@muster/pricing';
import fc from 'fast-check';
import { World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await World.create();
});
beforeEach(() => sql`delete from attestation`.execute(world.context.db).then(() => world.noSupply()));
afterAll(() => world.drop());

const models = ['nvidia-l4', 'nvidia-t4'];

const workers = fc.array(
  fc.record({
    model_id: fc.constantFrom(...models),
    pool_id: fc.constantFrom('pool_a', 'pool_b'),
    device_count: fc.constantFrom(1, 4),
    country: fc.constantFrom('DE', 'FR', 'US'),
    connectivity_tier: fc.constantFrom(...connectivityTierNames, null),
    service_tier: fc.constantFrom(...serviceTiers),
    site: fc.constantFrom('s1', null),
    status: fc.constantFrom('idle' as const, 'idle' as const, 'down' as const),
    origin: fc.constantFrom('community' as const, 'community' as const, 'simulated' as const),
    soc2: fc.boolean(),
  }),
  { maxLength: 12 },
);

const requests: fc.Arbitrary<SupplyRequest> = fc.record({
  modelIds: fc.subarray(models, { minLength: 1 }),
  devicesPerWorker: fc.constantFrom(1, 4),
  workers: fc.integer({ min: 1, max: 3 }),
  countries: fc.subarray(['DE', 'FR']),
  regions: fc.constantFrom<string[]>([], ['north-america']),
  connectivityTier: fc.constantFrom(...connectivityTierNames),
  oneSite: fc.boolean(),
  oneNetworkDomain: fc.constant(false),
  compliance: fc.subarray([compliances[0]]),
  serviceTier: fc.constantFrom(...serviceTiers, null),
  maxMicroUsdPerDeviceHour: fc.constantFrom(null, 300_000n),
  simulated: fc.constantFrom(false, false, true),
  beside: fc.constantFrom(null, { poolId: 'pool_a', site: null, networkDomain: null }),
});

describe('gathering supply', () => {
  test('the prefilter of the database leaves out nothing that would match', async () => {
    await fc.assert(
      fc.asyncProperty(workers, fc.array(requests, { minLength: 5, maxLength: 5 }), async (list, asked) => {
        await world.noSupply();
        for (const { soc2, country, ...worker } of list) {
          const region = country === 'US' ? 'north-america' : 'europe';
          const readiness = worker.status === 'idle' ? ('cluster-ready' as const) : ('verified' as const);
          const [id] = await world.supply(1, { ...worker, country, region, readiness });
          if (!soc2) continue;
          await sql`insert into attestation (id, worker_id, compliance, evidence, attested_by, created_at, expires_at)
            values (${id}, ${id}, 'soc2', 'e', 'x', '2020-01-01', '2100-01-01')`.execute(world.context.db);
        }
        for (const request of asked) {
          const market = await currentMarket(world.context, request.simulated);
          const everything = await gatherAll(world.context, request, async () => new Map());
          const filtered = await gatherFree(world.context, request);
          const alone = { ...request, workers: 1 };
          const matching = everything.filter((each) => assemble(alone, [each], market));
          const kept = new Set(filtered.map(({ workerId }) => workerId));
          expect(matching.filter(({ workerId }) => !kept.has(workerId))).toEqual([]);
          expect(assemble(request, filtered, market)).toEqual(assemble(request, everything, market));
        }
      }),
      { numRuns: 25 },
    );
  });

  test('offers count what is free, price it, and never show simulated supply beside real', async () => {
    await world.supply(2, { device_count: 4 });
    await world.supply(1, { floor_micro_usd_per_hour: 9_000_000n, country: 'FR' });
    await world.supply(1, { origin: 'simulated' });
    await world.supply(1, { status: 'down', readiness: 'verified' });
    const { items } = await offers(world.context, { limit: 50 });
    expect(items).toMatchObject([
      { country: 'DE', workers: 2, devices: 8, maxDevicesPerWorker: 4, simulated: false, currency: 'USD' },
      { country: 'FR', workers: 1, priceMicroUsdPerDeviceHour: 9_000_000n },
    ]);
    const simulated = await offers(world.context, { limit: 50, simulated: true });
    expect(simulated.items).toMatchObject([{ workers: 1, simulated: true, currency: 'SIM' }]);
    const first = await offers(world.context, { limit: 1 });
    const second = await offers(world.context, { limit: 1, cursor: first.nextCursor! });
    expect([...first.items, ...second.items]).toEqual(items);
    expect(second.nextCursor).toBeNull();
  });
});

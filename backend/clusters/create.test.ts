import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { grantCredit } from '@muster/billing';
import { isDomainError, minuteMs } from '@muster/common';
import { sql } from '@muster/db';
import {
  createCluster,
  getCluster,
  getQuote,
  listClusters,
  previewQuote,
  quote,
  startPaidOrders,
  terminateCluster,
} from './index.ts';
import { usd, World } from './testing.ts';

let world: World;
beforeAll(async () => {
  world = await World.create({ max: 6 });
});
beforeEach(() => world.noSupply());
afterAll(() => world.drop());

/** How so many attempts ended. */
async function outcomes(attempts: Promise<unknown>[]): Promise<Record<string, number>> {
  const settled = await Promise.allSettled(attempts);
  const counts: Record<string, number> = {};
  for (const each of settled) {
    const how =
      each.status === 'fulfilled' ? 'made' : isDomainError(each.reason) ? each.reason.code : String(each.reason);
    counts[how] = (counts[how] ?? 0) + 1;
  }
  return counts;
}

describe('creating a cluster', () => {
  test('all in one transaction: leases, hold, three states, a nudge to the pool', async () => {
    await world.supply(3);
    const actor = await world.customer();
    const before = await world.balance(actor);
    const cluster = await createCluster(world.context, actor, { request: world.request(2) });
    expect(cluster).toMatchObject({ state: 'provisioning', version: 3, poolId: 'pool_a', workers: 2, currency: 'USD' });
    expect(await world.leases(cluster.id)).toMatchObject([
      { rank: 0, state: 'held', devices: 1 },
      { rank: 1, state: 'held', devices: 1 },
    ]);
    expect(await world.told(cluster.id)).toEqual(['requested', 'assembling', 'provisioning']);
    const after = await world.balance(actor);
    expect(after.heldMicroUsd).toBe(cluster.priceMicroUsdPerHour);
    expect(after.balanceMicroUsd + after.heldMicroUsd).toBe(before.balanceMicroUsd);
    const nudges = await world.context.db
      .selectFrom('outbox')
      .select(['routing_key', 'body'])
      .where('type', '=', 'cluster.changed')
      .execute();
    expect(nudges).toContainEqual({ routing_key: 'pool_a', body: { clusterId: cluster.id } });
  });

  test('64 creators on supply for 20 clusters: exactly 20 succeed, the others are told why, no device is leased twice', async () => {
    await world.supply(40);
    const actor = await world.customer(100_000);
    const attempts = Array.from({ length: 64 }, () =>
      createCluster(world.context, actor, { request: world.request(2) }),
    );
    const [counts, settled] = await Promise.all([outcomes(attempts), Promise.allSettled(attempts)]);
    expect(counts).toEqual({ made: 20, unfulfillable: 44 });
    const refusals = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
    expect(refusals.every(({ message }) => /hired/.test(message))).toBe(true);
    const clusters = (await listClusters(world.context, actor, { limit: 200 })).items;
    const workers = (await Promise.all(clusters.map(({ id }) => world.leases(id))))
      .flat()
      .map((lease) => lease.workerId);
    expect(new Set(workers).size).toBe(40);
  });

  test('a balance for 3 clusters funds 3, however many are asked for at once', async () => {
    await world.supply(20);
    const rich = await world.customer(100_000);
    const { priceMicroUsdPerHour } = await quote(world.context, rich, world.request(1));
    const poor = await world.customer((Number(priceMicroUsdPerHour) * 3) / 1e6);
    const attempts = Array.from({ length: 12 }, () =>
      createCluster(world.context, poor, { request: world.request(1) }),
    );
    expect(await outcomes(attempts)).toEqual({ made: 3, insufficient_funds: 9 });
    expect((await world.balance(poor)).balanceMicroUsd).toBe(0n);
  });

  test('a quota for 3 devices gives 3, however many are asked for at once', async () => {
    await world.supply(20);
    const actor = await world.customer(100_000, 3);
    const attempts = Array.from({ length: 8 }, () =>
      createCluster(world.context, actor, { request: world.request(1) }),
    );
    expect(await outcomes(attempts)).toEqual({ made: 3, quota_exceeded: 5 });
  });

  test('the same id 20 times at once makes one cluster, and everyone gets it', async () => {
    await world.supply(40);
    const actor = await world.customer();
    const id = world.context.ids.next('cluster');
    const made = await Promise.all(
      Array.from({ length: 20 }, () => createCluster(world.context, actor, { request: world.request(2) }, { id })),
    );
    expect(new Set(made.map((cluster) => cluster.id))).toEqual(new Set([id]));
    expect(await world.leases(id)).toHaveLength(2);
    expect((await world.balance(actor)).heldMicroUsd).toBe(made[0]!.priceMicroUsdPerHour);
  });

  test('the same id and quote at once, on a balance and a quota for one: everyone gets the one cluster', async () => {
    await world.supply(4);
    const rich = await world.customer();
    const { priceMicroUsdPerHour } = await quote(world.context, rich, world.request(1));
    const actor = await world.customer(Number(priceMicroUsdPerHour) / 1e6, 1);
    const { id: quoteId } = await quote(world.context, actor, world.request(1));
    const id = world.context.ids.next('cluster');
    const made = await Promise.all(
      Array.from({ length: 10 }, () => createCluster(world.context, actor, { quoteId }, { id })),
    );
    expect(new Set(made.map((cluster) => cluster.id))).toEqual(new Set([id]));
  });

  test('a quote is honoured: its workers, its price, once, for five minutes', async () => {
    const supply = await world.supply(4);
    const actor = await world.customer();
    const quoted = await quote(world.context, actor, world.request(2));
    expect(quoted.workers).toHaveLength(2);
    await world.context.db.deleteFrom('base_price').where('model_id', '=', 'nvidia-l4').execute();
    await world.context.db
      .insertInto('base_price')
      .values({ model_id: 'nvidia-l4', effective_from: new Date(0), price_micro_usd_per_hour: usd(9), actor_id: 'x' })
      .execute();
    const cluster = await createCluster(world.context, actor, { quoteId: quoted.id });
    expect(cluster.priceMicroUsdPerHour).toBe(quoted.priceMicroUsdPerHour);
    const leased = (await world.leases(cluster.id)).map(({ workerId }) => workerId);
    expect(leased).toEqual(quoted.workers.map(({ workerId }) => workerId));
    expect(supply).toEqual(expect.arrayContaining(leased));
    await expect(createCluster(world.context, actor, { quoteId: quoted.id })).rejects.toMatchObject({
      code: 'already_exists',
    });

    const old = await quote(world.context, actor, world.request(1));
    world.context.clock.advance(5 * minuteMs);
    await expect(createCluster(world.context, actor, { quoteId: old.id })).rejects.toMatchObject({ code: 'expired' });
  });

  test('when the quoted workers are taken, others at no higher price replace them, or it is refused', async () => {
    const [cheap] = await world.supply(1);
    const actor = await world.customer();
    const quoted = await quote(world.context, actor, world.request(1));
    expect(quoted.workers[0]!.workerId).toBe(cheap);
    const other = await quote(world.context, actor, world.request(1));
    await createCluster(world.context, actor, { quoteId: other.id });
    await world.supply(1, { floor_micro_usd_per_hour: usd(500) });
    await expect(createCluster(world.context, actor, { quoteId: quoted.id })).rejects.toMatchObject({
      code: 'conflict',
    });
    const [same] = await world.supply(1);
    const cluster = await createCluster(world.context, actor, { quoteId: quoted.id });
    expect((await world.leases(cluster.id))[0]!.workerId).toBe(same);
  });

  test('a refusal names the dimensions and a request that would work, and is kept as unmet demand', async () => {
    await world.supply(2);
    await world.supply(1, { country: 'US', region: 'north-america' });
    const actor = await world.customer();
    const request = world.request(3, { location: { countries: ['DE'] }, env: { SECRET: 'x' } });
    const error = await createCluster(world.context, actor, { request }).catch((caught) => caught);
    expect(error).toMatchObject({
      code: 'unfulfillable',
      details: {
        exclusions: expect.arrayContaining([expect.objectContaining({ dimension: 'location', wouldMatch: 1 })]),
      },
    });
    expect(error.details.nearest).toContainEqual(expect.objectContaining({ location: { countries: ['DE', 'US'] } }));
    expect(JSON.stringify(error.details)).not.toContain('SECRET');
    const [unmet] = await world.context.db
      .selectFrom('unmet_demand')
      .selectAll()
      .where('organization_id', '=', actor.organizationId)
      .execute();
    expect(unmet).toMatchObject({ workers: 3, countries: ['DE'], model_ids: ['nvidia-l4'] });
  });

  test('a price guard refuses what costs more, a spending cap what would', async () => {
    await world.supply(1);
    const actor = await world.customer();
    const guard = { maxMicroUsdPerDeviceHour: 1n };
    await expect(quote(world.context, actor, world.request(1, { priceGuard: guard }))).rejects.toMatchObject({
      code: 'price_guard',
    });
    const { priceMicroUsdPerHour } = await quote(world.context, actor, world.request(1));
    const capped = (hours: number) =>
      world.request(1, { time: { hours }, priceGuard: { spendingCapMicroUsd: priceMicroUsdPerHour * 2n } });
    await expect(quote(world.context, actor, capped(3))).rejects.toMatchObject({ code: 'price_guard' });
    await expect(quote(world.context, actor, capped(2))).resolves.toBeDefined();
  });

  test('a preview says what a quote would, or why not and what else there is, and keeps nothing', async () => {
    await world.supply(2);
    await world.supply(1, { country: 'US', region: 'north-america', connectivity_tier: 'low' });
    const actor = await world.customer();
    const kept = async () => {
      const { rows } = await sql<{ count: number }>`
        select (select count(*) from quote) + (select count(*) from unmet_demand) as count`.execute(world.context.db);
      return rows[0]!.count;
    };
    const before = await kept();
    const inGermany = { location: { countries: ['DE'] } };
    const preview = (count: number, change = {}) => previewQuote(world.context, world.request(count, change));

    const would = await preview(2, inGermany);
    expect(would).toMatchObject({ matching: 2, refusal: null, estimate: { currency: 'USD' } });
    const option = (dimension: string, value: string) =>
      would.choices.find((each) => each.dimension === dimension)!.options.find((each) => each.value === value);
    expect(option('country', 'US')).toMatchObject({ workers: 1 });
    expect(option('connectivity', 'high')).toMatchObject({ workers: 2 });
    expect(option('connectivity', 'ultra')).toMatchObject({ workers: 0, fromMicroUsdPerDeviceHour: null });

    const cannot = await preview(3, { ...inGermany, env: { SECRET: 'x' } });
    expect(cannot).toMatchObject({ matching: 2, estimate: null, refusal: { code: 'unfulfillable' } });
    expect(cannot.refusal!.exclusions).toContainEqual(
      expect.objectContaining({ dimension: 'location', wouldMatch: 1 }),
    );
    expect(cannot.refusal!.nearest[0]).toMatchObject({ location: { countries: ['DE', 'US'] } });
    expect(cannot.refusal!.nearest[0]).not.toHaveProperty('env');

    const dear = await preview(1, { priceGuard: { maxMicroUsdPerDeviceHour: 1n } });
    expect(dear.refusal).toMatchObject({ code: 'price_guard' });
    const capped = await preview(1, { time: { hours: 3 }, priceGuard: { spendingCapMicroUsd: 1n } });
    expect(capped).toMatchObject({ matching: 3, estimate: null, refusal: { code: 'price_guard', exclusions: [] } });
    expect(capped.refusal!.summary).toMatch(/^3 h cost .* and the spending cap is 0\.000001\.$/);

    expect(await kept()).toBe(before);
    const quoted = await quote(world.context, actor, world.request(2, inGermany));
    expect(would.estimate).toMatchObject({
      workers: quoted.workers,
      priceMicroUsdPerHour: quoted.priceMicroUsdPerHour,
    });
  });

  test('simulated and real workers never mix, and simulated ones cost no money', async () => {
    await world.supply(2, { origin: 'simulated' });
    await world.supply(1);
    const actor = await world.customer(0);
    await expect(
      createCluster(world.context, await world.customer(), { request: world.request(2) }),
    ).rejects.toMatchObject({ code: 'unfulfillable' });
    const cluster = await createCluster(world.context, actor, { request: world.request(2, { simulated: true }) });
    expect(cluster).toMatchObject({ simulated: true, currency: 'SIM' });
    expect((await world.leases(cluster.id)).every(({ currency }) => currency === 'SIM')).toBe(true);
    expect((await world.balance(actor)).heldMicroUsd).toBe(0n);
  });

  test("another organization's cluster and quote are unknown", async () => {
    await world.supply(2);
    const owner = await world.customer();
    const stranger = await world.customer();
    const quoted = await quote(world.context, owner, world.request(1));
    const cluster = await createCluster(world.context, owner, { request: world.request(1) });
    await expect(getCluster(world.context, stranger, cluster.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(getQuote(world.context, stranger, quoted.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(createCluster(world.context, stranger, { quoteId: quoted.id })).rejects.toMatchObject({
      code: 'not_found',
    });
    expect((await listClusters(world.context, stranger, { limit: 50 })).items).toEqual([]);
  });

  test('one site means one site, and one pool is always one pool', async () => {
    await world.supply(1, { site: 's1' });
    await world.supply(2, { site: 's2' });
    await world.supply(2, { pool_id: 'pool_b', site: 's1' });
    const actor = await world.customer();
    await expect(quote(world.context, actor, world.request(4))).rejects.toMatchObject({ code: 'unfulfillable' });
    const { workers } = await quote(world.context, actor, world.request(2, { connectivity: { oneSite: true } }));
    expect(new Set(workers.map(({ poolId, site }) => `${poolId} ${site}`)).size).toBe(1);
  });
});

describe('an order that waits for its money', () => {
  const order = async (credit: number) => {
    const actor = await world.customer(credit);
    const options = { awaitPayment: true };
    return { actor, cluster: await createCluster(world.context, actor, { request: world.request(1) }, options) };
  };
  const pay = (actor: { organizationId: string }) =>
    grantCredit(world.context, world.actor('org_operator'), {
      organizationId: actor.organizationId,
      amountMicroUsd: usd(100),
      reference: `${actor.organizationId} paid`,
    });

  test('holds nothing, and starts when it is paid', async () => {
    await world.supply(1);
    const { actor, cluster } = await order(0);
    expect(cluster).toMatchObject({ state: 'requested', version: 1, poolId: null });
    expect(await world.leases(cluster.id)).toEqual([]);
    expect(await startPaidOrders(world.context)).toBe(0);
    await pay(actor);
    await Promise.all([startPaidOrders(world.context), startPaidOrders(world.context)]);
    expect(await world.cluster(cluster.id)).toMatchObject({ state: 'provisioning', poolId: 'pool_a' });
    expect(await world.leases(cluster.id)).toHaveLength(1);
    expect(await world.told(cluster.id)).toEqual(['requested', 'assembling', 'provisioning']);
  });

  test('is dropped after 20 minutes, can be stopped, and is unfulfilled when the supply has gone', async () => {
    await world.supply(1);
    const stopped = await order(0);
    await terminateCluster(world.context, stopped.actor, stopped.cluster.id);
    expect(await world.cluster(stopped.cluster.id)).toMatchObject({ state: 'terminated', endedAt: expect.any(Date) });
    const late = await order(0);
    world.context.clock.advance(20 * minuteMs);
    const gone = await order(0);
    await pay(gone.actor);
    await world.noSupply();
    await startPaidOrders(world.context);
    expect((await world.cluster(late.cluster.id)).state).toBe('unpaid');
    expect(await world.cluster(gone.cluster.id)).toMatchObject({ state: 'unfulfilled', endedAt: expect.any(Date) });
  });
});

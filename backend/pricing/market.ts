/** The market: what a device-hour of each model costs in each region, recomputed every minute and kept as history. */
import { type Compliance, DomainError, dayMs, hourMs, minuteMs, mulDiv, type ServiceTier } from '@muster/common';
import { type Context, sql } from '@muster/db';
import { listPriceBook } from './book.ts';
import { utilisationFactor } from './curve.ts';
import { type Asked, offerPrice } from './offer.ts';

/** How many devices of a model there are in a region; `supplyCounts` of the workers domain. */
export interface Supply {
  modelId: string;
  region: string;
  simulated: boolean;
  /** Devices that can be or are hired. */
  readyDevices: number;
  hiredDevices: number;
}

export interface MarketPrice {
  modelId: string;
  region: string;
  at: Date;
  /** Of one device, before tiers, compliance, interconnect and floor. */
  priceMicroUsdPerHour: bigint;
  readyDevices: number;
  hiredDevices: number;
}

/** A point older than this says nothing about now. */
const freshMs = 5 * minuteMs;

/**
 * The tick of prices: base price × utilisation curve for every model and region with supply, one point per minute. Several
 * processes may call it; the first of a minute counts.
 *
 * @returns how many points were new
 */
export async function recomputePrices(context: Context, supply: Supply[]): Promise<number> {
  const base = new Map((await listPriceBook(context)).map((price) => [price.modelId, price.priceMicroUsdPerHour]));
  const at = new Date(Math.floor(context.clock.now().getTime() / minuteMs) * minuteMs);
  const points = supply.flatMap(({ modelId, region, simulated, readyDevices, hiredDevices }) => {
    const basePrice = base.get(modelId);
    if (basePrice === undefined) return [];
    return {
      model_id: modelId,
      region,
      at,
      price_micro_usd_per_hour: marketPrice(basePrice, readyDevices, hiredDevices),
      ready_devices: readyDevices,
      hired_devices: hiredDevices,
      simulated,
    };
  });
  if (points.length === 0) return 0;
  const written = await context.db
    .insertInto('price_point')
    .values(points)
    .onConflict((conflict) => conflict.doNothing())
    .returning('model_id')
    .execute();
  return written.length;
}

/** Base price × utilisation curve: a device-hour before tiers, compliance, interconnect and floor. */
export function marketPrice(basePrice: bigint, readyDevices: number, hiredDevices: number): bigint {
  return mulDiv(basePrice, BigInt(utilisationFactor(readyDevices, hiredDevices)), 10_000n);
}

/**
 * What the market asks now for a device-hour of a model in a region, before the supplier's floor; undefined for a model
 * without a base price. Where no price was made in the last minutes, it is that of a region of which nothing is known.
 */
export type Market = (
  modelId: string,
  region: string,
  serviceTier: ServiceTier,
  compliance: readonly Compliance[],
  more?: Pick<Asked, 'connectivityTier' | 'oneNetworkDomain'>,
) => bigint | undefined;

/** The market as it stands now. Simulated supply has a market of its own. */
export async function currentMarket(context: Pick<Context, 'db' | 'clock'>, simulated = false): Promise<Market> {
  const book = new Map((await listPriceBook(context)).map((price) => [price.modelId, price.priceMicroUsdPerHour]));
  const latest = await latestPrices(context, simulated);
  const prices = new Map(latest.map((price) => [`${price.modelId} ${price.region}`, price.priceMicroUsdPerHour]));
  return (modelId, region, serviceTier, compliance, more) => {
    const base = book.get(modelId);
    if (base === undefined) return undefined;
    const price = prices.get(`${modelId} ${region}`) ?? marketPrice(base, 0, 0);
    return offerPrice(price, { serviceTier, compliance, ...more });
  };
}

/** What the market pays for real supply now, by model and region. */
export async function marketPrices(
  context: Pick<Context, 'db' | 'clock'>,
  filter: { modelId?: string | undefined } = {},
): Promise<MarketPrice[]> {
  const prices = await latestPrices(context, false);
  return filter.modelId ? prices.filter((price) => price.modelId === filter.modelId) : prices;
}

async function latestPrices({ db, clock }: Pick<Context, 'db' | 'clock'>, simulated: boolean): Promise<MarketPrice[]> {
  const now = clock.now();
  const rows = await db
    .selectFrom('price_point')
    .selectAll()
    .distinctOn(['model_id', 'region'])
    .where('simulated', '=', simulated)
    .where('at', '>', new Date(now.getTime() - freshMs))
    .where('at', '<=', now)
    .orderBy('model_id')
    .orderBy('region')
    .orderBy('at', 'desc')
    .execute();
  return rows.map((row) => ({
    modelId: row.model_id,
    region: row.region,
    at: row.at,
    priceMicroUsdPerHour: row.price_micro_usd_per_hour,
    readyDevices: row.ready_devices,
    hiredDevices: row.hired_devices,
  }));
}

export interface PriceHistory {
  modelId: string;
  points: {
    at: Date;
    region: string;
    p10MicroUsdPerHour: bigint;
    medianMicroUsdPerHour: bigint;
    p90MicroUsdPerHour: bigint;
  }[];
}

const bucketMs = { minute: minuteMs, hour: hourMs, day: dayMs };
/** More than a chart can show; a longer span is cut at its beginning. */
const mostBuckets = 1_500;

/**
 * What a device-hour of a model has cost, by region and bucket of time (UTC), oldest first.
 *
 * @param query a span that defaults to the last 168 buckets
 * @throws DomainError `not_found` for a model that never had a price
 */
export async function priceHistory(
  context: Context,
  modelId: string,
  query: {
    region?: string | undefined;
    from?: Date | undefined;
    to?: Date | undefined;
    bucket: keyof typeof bucketMs;
    simulated: boolean;
  },
): Promise<PriceHistory> {
  const priced = await context.db
    .selectFrom('base_price')
    .select('model_id')
    .where('model_id', '=', modelId)
    .executeTakeFirst();
  if (!priced) throw new DomainError('not_found', 'There is no such hardware model.');
  const to = query.to ?? context.clock.now();
  const span = bucketMs[query.bucket];
  const from = new Date(
    Math.max((query.from ?? new Date(to.getTime() - 168 * span)).getTime(), to.getTime() - mostBuckets * span),
  );
  const bucket = sql<Date>`date_trunc(${sql.lit(query.bucket)}, at, 'UTC')`;
  const percentile = (fraction: number) =>
    sql<bigint>`percentile_disc(${sql.lit(fraction)}) within group (order by price_micro_usd_per_hour)`;
  const points = await context.db
    .selectFrom('price_point')
    .where('model_id', '=', modelId)
    .where('simulated', '=', query.simulated)
    .where('at', '>=', from)
    .where('at', '<=', to)
    .$if(query.region !== undefined, (select) => select.where('region', '=', query.region!))
    .groupBy([bucket, 'region'])
    .orderBy(bucket)
    .orderBy('region')
    .select([
      bucket.as('at'),
      'region',
      percentile(0.1).as('p10MicroUsdPerHour'),
      percentile(0.5).as('medianMicroUsdPerHour'),
      percentile(0.9).as('p90MicroUsdPerHour'),
    ])
    .execute();
  return { modelId, points };
}

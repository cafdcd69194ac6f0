/** Offers: what a customer can take now, counted and priced. */
import { listModels } from '@muster/catalogue';
import {
  type Compliance,
  type ConnectivityTier,
  connectivityTierNames,
  meetsTier,
  type ServiceTier,
  serviceTiers,
} from '@muster/common';
import type { Context } from '@muster/db';
import { decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { currentMarket } from '@muster/pricing';
import { candidates, type WorkerCandidate } from '@muster/workers';

export interface OfferFilter {
  modelId?: string[] | undefined;
  country?: string[] | undefined;
  region?: string[] | undefined;
  /** At least this tier. */
  tier?: ConnectivityTier | undefined;
  /** At least this tier. */
  serviceTier?: ServiceTier | undefined;
  /** All of these. */
  compliance?: Compliance[] | undefined;
  /** Simulated supply only, or real supply only: never both in one list (invariant 11). */
  simulated?: boolean | undefined;
}

export interface Offer {
  modelId: string;
  modelName: string;
  country: string;
  region: string;
  /** null is below Low. */
  connectivityTier: ConnectivityTier | null;
  serviceTier: ServiceTier;
  compliance: Compliance[];
  simulated: boolean;
  workers: number;
  devices: number;
  maxDevicesPerWorker: number;
  /** Of the cheapest worker, when nothing but the plain device is asked for. */
  priceMicroUsdPerDeviceHour: bigint;
  currency: 'USD' | 'SIM';
}

/**
 * Free workers by model, country, connectivity, service tier and compliances, cheapest first. A model without a price is no offer.
 *
 * @throws DomainError `invalid_request` for a cursor that is not one of ours
 */
export async function offers(context: Context, page: PageRequest & OfferFilter): Promise<Page<Offer>> {
  const simulated = page.simulated ?? false;
  const [market, models, workers] = await Promise.all([
    currentMarket(context, simulated),
    listModels(context.db),
    candidates(context, {
      simulated,
      free: true,
      modelIds: page.modelId,
      places: { countries: page.country ?? [], regions: page.region ?? [] },
    }),
  ]);
  const names = new Map(models.map(({ id, name }) => [id, name]));
  const found = new Map<string, Offer>();
  for (const worker of workers) {
    if (!passes(worker, page)) continue;
    const asked = market(worker.modelId, worker.region, worker.serviceTier, []);
    if (asked === undefined) continue;
    const price = asked > worker.floorMicroUsdPerHour ? asked : worker.floorMicroUsdPerHour;
    const { modelId, country, region, connectivityTier, serviceTier, compliances: compliance } = worker;
    const key = JSON.stringify([modelId, country, connectivityTier, serviceTier, compliance]);
    const offer = found.get(key) ?? {
      ...{
        modelId,
        modelName: names.get(modelId) ?? modelId,
        country,
        region,
        connectivityTier,
        serviceTier,
        compliance,
      },
      ...{ simulated, workers: 0, devices: 0, maxDevicesPerWorker: 0 },
      priceMicroUsdPerDeviceHour: price,
      currency: simulated ? ('SIM' as const) : ('USD' as const),
    };
    offer.workers++;
    offer.devices += worker.deviceCount;
    offer.maxDevicesPerWorker = Math.max(offer.maxDevicesPerWorker, worker.deviceCount);
    if (price < offer.priceMicroUsdPerDeviceHour) offer.priceMicroUsdPerDeviceHour = price;
    found.set(key, offer);
  }
  const sorted = [...found.values()].sort(byPrice);
  const start = page.cursor ? Number.parseInt(decodeCursor(page.cursor), 10) || 0 : 0;
  const numbered = sorted.map((offer, index) => ({ offer, index })).slice(start, start + page.limit + 1);
  return pageOf(
    numbered,
    page.limit,
    ({ index }) => String(index + 1),
    ({ offer }) => offer,
  );
}

function passes(worker: WorkerCandidate, { tier, serviceTier, compliance }: OfferFilter): boolean {
  return (
    (!tier || (worker.connectivityTier !== null && meetsTier(worker.connectivityTier, tier))) &&
    (!serviceTier || serviceTiers.indexOf(worker.serviceTier) <= serviceTiers.indexOf(serviceTier)) &&
    (compliance ?? []).every((each) => worker.compliances.includes(each))
  );
}

function byPrice(left: Offer, right: Offer): number {
  if (left.priceMicroUsdPerDeviceHour !== right.priceMicroUsdPerDeviceHour)
    return left.priceMicroUsdPerDeviceHour < right.priceMicroUsdPerDeviceHour ? -1 : 1;
  return (
    connectivityRank(left) - connectivityRank(right) ||
    serviceTiers.indexOf(left.serviceTier) - serviceTiers.indexOf(right.serviceTier) ||
    (`${left.modelId} ${left.country} ${left.compliance}` < `${right.modelId} ${right.country} ${right.compliance}`
      ? -1
      : 1)
  );
}

function connectivityRank({ connectivityTier }: Offer): number {
  return connectivityTier === null ? connectivityTierNames.length : connectivityTierNames.indexOf(connectivityTier);
}

/** Quotes: the exact workers' properties and their price, honoured for five minutes. */
import {
  type Assembled,
  assemble,
  type Choice,
  compliancesOf,
  connectivityTierAt,
  gatherNamed,
  type Survey,
  serviceTierAt,
  survey,
} from '@muster/assembly';
import {
  type Actor,
  type Compliance,
  type ConnectivityTier,
  DomainError,
  formatMicro,
  minuteMs,
  type ServiceTier,
} from '@muster/common';
import type { Context, QuoteTable, Selectable } from '@muster/db';
import { explainAgainst, refuse } from './refuse.ts';
import { type ClusterRequest, encodeRequest, supplyOf } from './request.ts';
import { currencyOf, requestOf } from './row.ts';

/** How long the price and, while they are free, the workers of a quote are honoured. */
export const quoteMs = 5 * minuteMs;

export interface QuotedWorker {
  workerId: string;
  poolId: string;
  modelId: string;
  devices: number;
  country: string;
  region: string;
  site: string | null;
  connectivityTier: ConnectivityTier | null;
  serviceTier: ServiceTier;
  compliance: Compliance[];
  priceMicroUsdPerDeviceHour: bigint;
}

export interface Quote {
  id: string;
  organizationId: string;
  request: ClusterRequest;
  /** By rank. */
  workers: QuotedWorker[];
  priceMicroUsdPerHour: bigint;
  currency: 'USD' | 'SIM';
  simulated: boolean;
  createdAt: Date;
  expiresAt: Date;
  /** The cluster that took it. */
  clusterId: string | null;
}

/**
 * Prices a request. Nothing is held: another customer may take the workers before the quote is used.
 *
 * @throws DomainError `unfulfillable` or `price_guard` with `details` `{ exclusions, nearest }`; `invalid_request`
 */
export async function quote(context: Context, actor: Actor, request: ClusterRequest): Promise<Quote> {
  const { assembled } = await propose(context, actor, request);
  const createdAt = context.clock.now();
  const row = await context.db
    .insertInto('quote')
    .values({
      id: context.ids.next('quote'),
      organization_id: actor.organizationId,
      request: encodeRequest(request),
      price_micro_usd_per_hour: assembled.priceMicroUsdPerHour,
      workers: JSON.stringify(assembled.workers.map((choice) => toStored(choice, request))),
      simulated: request.simulated ?? false,
      created_at: createdAt,
      expires_at: new Date(createdAt.getTime() + quoteMs),
      used_by: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toQuote(row);
}

/** @throws DomainError `not_found`, also for another organization's quote (invariant 8) */
export async function getQuote({ db }: Context, actor: Actor, id: string): Promise<Quote> {
  const row = await db
    .selectFrom('quote')
    .selectAll()
    .where('id', '=', id)
    .where('organization_id', '=', actor.organizationId)
    .executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such quote.');
  return toQuote(row);
}

/**
 * Plans a request on what is free just now.
 *
 * @throws DomainError `unfulfillable`, `price_guard`, `invalid_request`
 */
export async function propose(
  context: Context,
  actor: Actor,
  request: ClusterRequest,
): Promise<{ assembled: Assembled; surveyed: Survey }> {
  checkRequest(request);
  const supply = supplyOf(request);
  const surveyed = await survey(context, supply);
  let assembled = assemble(supply, surveyed.candidates, surveyed.market);
  if (!assembled) {
    const explained = await explainAgainst(context, supply);
    if (explained.refusal) throw await refuse(context, actor, request, explained.refusal);
    assembled = explained.assembled;
  }
  checkSpendingCap(request, assembled.priceMicroUsdPerHour);
  return { assembled, surveyed };
}

/** The quoted workers at their quoted prices. Whether they are still free is not said. */
export async function quotedAssembly(context: Context, { workers, priceMicroUsdPerHour }: Quote): Promise<Assembled> {
  const found = await gatherNamed(
    context,
    workers.map(({ workerId }) => workerId),
  );
  const byId = new Map(found.map((candidate) => [candidate.workerId, candidate]));
  const choices = workers.flatMap(({ workerId, priceMicroUsdPerDeviceHour }) => {
    const candidate = byId.get(workerId);
    return candidate ? [{ candidate, priceMicroUsdPerDeviceHour }] : [];
  });
  return { poolId: workers[0]!.poolId, workers: choices, priceMicroUsdPerHour };
}

/** Quotes that expired so long ago and were not taken are of no use to anyone. */
export async function forgetQuotes({ db, clock }: Pick<Context, 'db' | 'clock'>, afterMs: number): Promise<void> {
  await db
    .deleteFrom('quote')
    .where('used_by', 'is', null)
    .where('expires_at', '<', new Date(clock.now().getTime() - afterMs))
    .execute();
}

/** What no schema of one field can see. @throws DomainError `invalid_request` */
function checkRequest({ kind, image, workers, autoscaling, idleShutdownSeconds }: ClusterRequest): void {
  const wrong =
    kind === 'job' && image === undefined
      ? 'A job needs an image.'
      : kind === 'job' && (autoscaling || idleShutdownSeconds)
        ? 'A job ends by itself: it is neither scaled nor shut down when idle.'
        : image !== undefined && (autoscaling || idleShutdownSeconds)
          ? 'Autoscaling and idle shutdown follow tasks, and a cluster with an image of its own runs none.'
          : autoscaling && (workers < autoscaling.minWorkers || workers > autoscaling.maxWorkers)
            ? 'The number of workers must be between the bounds of autoscaling.'
            : undefined;
  if (wrong) throw new DomainError('invalid_request', wrong);
}

/** What it costs in the time asked for, or in its first hour, must be within the cap. @throws DomainError `price_guard` */
export function checkSpendingCap(request: ClusterRequest, priceMicroUsdPerHour: bigint): void {
  const over = overSpendingCap(request, priceMicroUsdPerHour);
  if (!over) return;
  throw new DomainError('price_guard', over.sentence, {
    fix: 'Raise the cap, or ask for less time or fewer workers.',
    details: { totalMicroUsd: over.totalMicroUsd.toString() },
  });
}

/** What it would cost, and that in a sentence, when that is more than the cap. */
export function overSpendingCap(
  request: ClusterRequest,
  priceMicroUsdPerHour: bigint,
): { totalMicroUsd: bigint; sentence: string } | undefined {
  const cap = request.priceGuard?.spendingCapMicroUsd;
  if (cap === undefined) return undefined;
  const hours = request.time?.hours ?? 1;
  const totalMicroUsd = priceMicroUsdPerHour * BigInt(Math.ceil(hours));
  if (totalMicroUsd <= cap) return undefined;
  const sentence = `${hours} h cost ${formatMicro(totalMicroUsd)} and the spending cap is ${formatMicro(cap)}.`;
  return { totalMicroUsd, sentence };
}

/** A chosen worker by its properties, at its price. */
export function quotedWorker({ candidate, priceMicroUsdPerDeviceHour }: Choice, request: ClusterRequest): QuotedWorker {
  return {
    workerId: candidate.workerId,
    poolId: candidate.poolId,
    modelId: candidate.modelId,
    devices: request.processor.devicesPerWorker,
    country: candidate.country,
    region: candidate.region,
    site: candidate.site,
    connectivityTier: connectivityTierAt(candidate.connectivity),
    serviceTier: serviceTierAt(candidate.serviceTier),
    compliance: compliancesOf(candidate.compliance),
    priceMicroUsdPerDeviceHour,
  };
}

function toStored(choice: Choice, request: ClusterRequest) {
  const worker = quotedWorker(choice, request);
  return { ...worker, priceMicroUsdPerDeviceHour: worker.priceMicroUsdPerDeviceHour.toString() };
}

function toQuote(row: Selectable<QuoteTable>): Quote {
  const stored = row.workers as ReturnType<typeof toStored>[];
  return {
    id: row.id,
    organizationId: row.organization_id,
    request: requestOf(row),
    workers: stored.map((worker) => ({
      ...worker,
      priceMicroUsdPerDeviceHour: BigInt(worker.priceMicroUsdPerDeviceHour),
    })),
    priceMicroUsdPerHour: row.price_micro_usd_per_hour,
    currency: currencyOf(row),
    simulated: row.simulated,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    clusterId: row.used_by,
  };
}

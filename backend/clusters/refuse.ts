/** Saying no: why a request finds no workers, told to the customer and kept for the operators. */
import { type Dimension, gatherAll, type Plan, plan, type Refusal, type SupplyRequest } from '@muster/assembly';
import { type Actor, DomainError } from '@muster/common';
import type { Context } from '@muster/db';
import { currentMarket } from '@muster/pricing';
import { z } from 'zod';
import { endsAtOf } from './read.ts';
import { type ClusterRequest, clusterRequestSchema, withSupply } from './request.ts';

/** Looks at all supply, to explain; it may find workers after all, when some became free in the meantime. */
export async function explainAgainst(context: Context, request: SupplyRequest): Promise<Plan> {
  const market = await currentMarket(context, request.simulated);
  const candidates = await gatherAll(context, request, (clusterIds) => endsAtOf(context.db, clusterIds));
  return plan(request, candidates, market);
}

/**
 * The error for a refusal, once it is noted as unmet demand.
 *
 * @returns `price_guard` when workers match but for the price, else `unfulfillable`; both with exclusions and the nearest requests
 */
export async function refuse(
  context: Context,
  actor: Actor,
  request: ClusterRequest,
  refusal: Refusal,
): Promise<DomainError> {
  await noteUnmetDemand(context, actor.organizationId, request, refusal);
  const nearest = refusal.nearest.map((supply) => shown(withSupply(request, supply)));
  return new DomainError(isAboutPrice(refusal) ? 'price_guard' : 'unfulfillable', refusal.summary, {
    ...(nearest.length > 0 && { fix: 'Ask for one of the nearest requests, which would succeed now.' }),
    details: {
      matching: refusal.matching,
      exclusions: refusal.exclusions,
      nearest,
      ...(refusal.freeAt && { freeAt: refusal.freeAt.toISOString() }),
    },
  });
}

function isAboutPrice({ asked, matching, exclusions }: Refusal): boolean {
  const price = exclusions.find(({ dimension }) => dimension === ('price' satisfies Dimension));
  return price !== undefined && matching + price.wouldMatch >= asked;
}

/** As JSON, and without the environment, where people keep secrets. */
function shown(request: ClusterRequest) {
  const { env: _, ...rest } = z.encode(clusterRequestSchema, request);
  return rest;
}

export async function noteUnmetDemand(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  organizationId: string,
  request: ClusterRequest,
  refusal: Refusal,
): Promise<void> {
  await db
    .insertInto('unmet_demand')
    .values({
      at: clock.now(),
      organization_id: organizationId,
      model_ids: request.processor.modelIds,
      countries: request.location?.countries ?? [],
      workers: request.workers,
      devices: request.workers * request.processor.devicesPerWorker,
      simulated: request.simulated ?? false,
      reasons: JSON.stringify(refusal.exclusions),
    })
    .execute();
}

/** Saying no: why a request finds no workers, told to the customer and kept for the operators. */
import {
  type Dimension,
  gatherAll,
  type Plan,
  plan,
  type Refusal,
  type SupplyRequest,
  type Survey,
} from '@muster/assembly';
import { type Actor, DomainError } from '@muster/common';
import type { Context } from '@muster/db';
import { currentMarket } from '@muster/pricing';
import { z } from 'zod';
import { endsAtOf } from './read.ts';
import { type ClusterRequest, clusterRequestSchema, withSupply } from './request.ts';

/** All supply of the kind asked for, free or not. */
export async function surveyAll(context: Context, request: SupplyRequest): Promise<Survey> {
  const at = context.clock.now();
  const [market, candidates] = await Promise.all([
    currentMarket(context, request.simulated),
    gatherAll(context, request, (clusterIds) => endsAtOf(context.db, clusterIds)),
  ]);
  return { candidates, market, at };
}

/** Looks at all supply, to explain; it may find workers after all, when some became free in the meantime. */
export async function explainAgainst(context: Context, request: SupplyRequest): Promise<Plan> {
  const { candidates, market } = await surveyAll(context, request);
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
  const nearest = nearestOf(request, refusal).map((each) => z.encode(clusterRequestSchema, each));
  return new DomainError(codeOf(refusal), refusal.summary, {
    ...(nearest.length > 0 && { fix: 'Ask for one of the nearest requests, which would succeed now.' }),
    details: {
      matching: refusal.matching,
      exclusions: refusal.exclusions,
      nearest,
      ...(refusal.freeAt && { freeAt: refusal.freeAt.toISOString() }),
    },
  });
}

/** `price_guard` when enough workers match but for the price. */
export function codeOf({ asked, matching, exclusions }: Refusal): 'price_guard' | 'unfulfillable' {
  const price = exclusions.find(({ dimension }) => dimension === ('price' satisfies Dimension));
  return price !== undefined && matching + price.wouldMatch >= asked ? 'price_guard' : 'unfulfillable';
}

/** The nearest requests as they are shown: without the environment, where people keep secrets. */
export function nearestOf({ env: _, ...request }: ClusterRequest, { nearest }: Refusal): ClusterRequest[] {
  return nearest.map((supply) => withSupply(request, supply));
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

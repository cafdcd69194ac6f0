/** The planner: a pure function from a request and candidates to the exact set of workers, or to the reasons why there is none. */
import type { Market } from '@muster/pricing';
import { type Assembled, assemble } from './assemble.ts';
import type { Candidate } from './candidate.ts';
import { explain, type Refusal } from './explain.ts';
import { nearestRequests } from './nearest.ts';
import type { SupplyRequest } from './request.ts';

export type Plan = { assembled: Assembled; refusal?: never } | { assembled?: never; refusal: Refusal };

/** Either the workers, or why not and what would work instead. Costs more only when it refuses. */
export function plan(request: SupplyRequest, candidates: readonly Candidate[], market: Market): Plan {
  const assembled = assemble(request, candidates, market);
  if (assembled) return { assembled };
  const nearest = nearestRequests(request, candidates, market);
  return { refusal: { ...explain(request, candidates, market), nearest } };
}

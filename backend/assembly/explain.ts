/** Why not: what keeps workers from a request, dimension by dimension. */

import type { Market } from '@muster/pricing';
import { groupsOf } from './assemble.ts';
import type { Candidate } from './candidate.ts';
import { bitOf, type Dimension, dimensions, requiredIn, sentenceOf, testOf } from './dimensions.ts';
import type { SupplyRequest } from './request.ts';

export interface Exclusion {
  dimension: Dimension | 'together';
  required: string;
  /** How many more workers would match if only this were given up; each such worker misses nothing else. */
  wouldMatch: number;
  /** How many miss it, whatever else they miss. */
  excluded: number;
  sentence: string;
}

export interface Refusal {
  /** `12 workers match; 9 lack SOC 2; 3 are hired until 2026-01-01 14:00 UTC.` */
  summary: string;
  asked: number;
  matching: number;
  exclusions: Exclusion[];
  /** When enough hired workers are expected to be free, as far as their clusters have an end. */
  freeAt: Date | null;
  /** Requests that differ as little as possible and would succeed now; nearest first. */
  nearest: SupplyRequest[];
}

/**
 * Counts, in one pass, who misses what. Each sentence is true alone: it counts the workers that miss nothing but this. Only when there
 * is no such worker in any dimension do the sentences count all that miss it.
 */
export function explain(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
): Omit<Refusal, 'nearest'> {
  const test = testOf(request, market);
  const alone = new Uint32Array(dimensions.length);
  const excluded = new Uint32Array(dimensions.length);
  const hired = bitOf('hired');
  const freed: number[] = [];
  let hiredWithoutEnd = 0;
  let matching = 0;
  for (const candidate of candidates) {
    if (candidate.simulated !== request.simulated) continue;
    const missed = test.misses(candidate);
    if (missed === 0) {
      matching++;
      continue;
    }
    for (let index = 0; index < dimensions.length; index++) if (missed & (1 << index)) excluded[index]!++;
    if ((missed & (missed - 1)) === 0) alone[31 - Math.clz32(missed)]!++;
    if (missed === hired) {
      if (candidate.freeAt === null) hiredWithoutEnd++;
      else freed.push(candidate.freeAt);
    }
  }
  freed.sort((left, right) => left - right);
  const allHiredUntil = hiredWithoutEnd === 0 && freed.length > 0 ? new Date(freed.at(-1)!) : null;

  const exclusions: Exclusion[] = [];
  const together = togetherOf(request, candidates, market, matching);
  if (together) exclusions.push(together);
  const anyAlone = matching > 0 || alone.some((count) => count > 0);
  for (const [index, dimension] of dimensions.entries()) {
    const wouldMatch = alone[index]!;
    if (anyAlone ? wouldMatch === 0 : excluded[index] === 0) continue;
    exclusions.push({
      dimension,
      required: requiredIn(dimension, request),
      wouldMatch,
      excluded: excluded[index]!,
      sentence: sentenceOf(dimension, anyAlone ? wouldMatch : excluded[index]!, request, allHiredUntil),
    });
  }
  exclusions.sort((left, right) => right.wouldMatch - left.wouldMatch || right.excluded - left.excluded);

  const head = `${matching === 0 ? 'No worker matches' : matching === 1 ? '1 worker matches' : `${matching} workers match`}`;
  const missing = request.workers - matching;
  return {
    summary: `${[head, ...exclusions.map(({ sentence }) => sentence)].join('; ')}.`,
    asked: request.workers,
    matching,
    exclusions,
    freeAt: missing > 0 && freed.length >= missing ? new Date(freed[missing - 1]!) : null,
  };
}

/** Enough workers match, but not enough of them may be together. */
function togetherOf(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
  matching: number,
): Exclusion | undefined {
  if (matching < request.workers) return undefined;
  const groups = groupsOf(request, candidates, testOf(request, market));
  const most = groups.reduce((largest, { members }) => Math.max(largest, members.length), 0);
  const place = request.oneNetworkDomain ? 'network domain' : request.oneSite ? 'site' : 'pool';
  return {
    dimension: 'together',
    required: `${request.workers} workers in one ${place}`,
    wouldMatch: matching - most,
    excluded: matching - most,
    sentence: `at most ${most} of them ${most === 1 ? 'is' : 'are'} in one ${place}`,
  };
}

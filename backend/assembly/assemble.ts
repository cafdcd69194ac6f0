/** Choosing the exact set of workers: all or nothing, and within one pool. Pure. */
import type { Market } from '@muster/pricing';
import type { Candidate } from './candidate.ts';
import { type Test, testOf } from './dimensions.ts';
import type { SupplyRequest } from './request.ts';
import { smallest } from './smallest.ts';

export interface Choice {
  candidate: Candidate;
  priceMicroUsdPerDeviceHour: bigint;
}

export interface Assembled {
  poolId: string;
  /** By rank. */
  workers: Choice[];
  /** Of all workers together. */
  priceMicroUsdPerHour: bigint;
}

/**
 * Chooses the cheapest workers that fit; among equal prices the best connected, then those with the most company at their site, then
 * those with the fewest devices left over, then the oldest. The same input in any order gives the same answer.
 *
 * O(candidates × log workers) time, and no allocation per candidate.
 *
 * @returns undefined when there is no such set
 */
export function assemble(
  request: SupplyRequest,
  candidates: readonly Candidate[],
  market: Market,
): Assembled | undefined {
  const test = testOf(request, market);
  const groups = groupsOf(request, candidates, test);
  let best: { group: Group; total: number; chosen: Candidate[] } | undefined;
  for (const group of groups) {
    if (group.members.length < request.workers) continue;
    const chosen = smallest(group.members, request.workers, preference(test, group.members));
    const total = chosen.reduce((sum, candidate) => sum + test.price(candidate), 0);
    if (!best || total < best.total || (total === best.total && isBetter(group, chosen, best))) {
      best = { group, total, chosen };
    }
  }
  if (!best) return undefined;
  const workers = best.chosen.sort(bySite).map((candidate) => ({
    candidate,
    priceMicroUsdPerDeviceHour: BigInt(test.price(candidate)),
  }));
  return {
    poolId: best.group.poolId,
    workers,
    priceMicroUsdPerHour: BigInt(best.total) * BigInt(request.devicesPerWorker),
  };
}

/** Workers that may be in one cluster together: of one pool and, when asked, of one site and one network domain. */
export interface Group {
  poolId: string;
  key: string;
  members: Candidate[];
}

/** The candidates that will do, by who may be together. */
export function groupsOf(request: SupplyRequest, candidates: readonly Candidate[], test: Test): Group[] {
  const groups = new Map<string, Group>();
  const together = request.oneSite || request.oneNetworkDomain;
  for (const candidate of candidates) {
    if (candidate.simulated !== request.simulated || test.misses(candidate) !== 0) continue;
    const key = together ? keyOf(request, candidate) : candidate.poolId;
    const group = groups.get(key);
    if (group) group.members.push(candidate);
    else groups.set(key, { poolId: candidate.poolId, key, members: [candidate] });
  }
  return [...groups.values()];
}

function keyOf(request: SupplyRequest, { poolId, site, networkDomain }: Candidate): string {
  return JSON.stringify([poolId, request.oneSite && site, request.oneNetworkDomain && networkDomain]);
}

function preference(test: Test, members: readonly Candidate[]): (left: Candidate, right: Candidate) => number {
  const atSite = new Map<string, number>();
  for (const { site } of members) if (site !== null) atSite.set(site, (atSite.get(site) ?? 0) + 1);
  const company = ({ site }: Candidate) => (site === null ? 0 : atSite.get(site)!);
  return (left, right) =>
    test.price(left) - test.price(right) ||
    left.connectivity - right.connectivity ||
    company(right) - company(left) ||
    compare(left.site ?? '', right.site ?? '') ||
    left.deviceCount - right.deviceCount ||
    compare(left.workerId, right.workerId);
}

function isBetter(group: Group, chosen: Candidate[], than: { group: Group; chosen: Candidate[] }): boolean {
  const connectivity = (list: Candidate[]) => list.reduce((sum, candidate) => sum + candidate.connectivity, 0);
  const sites = (list: Candidate[]) => new Set(list.map(({ site }) => site)).size;
  const difference =
    connectivity(chosen) - connectivity(than.chosen) ||
    sites(chosen) - sites(than.chosen) ||
    compare(group.key, than.group.key);
  return difference < 0;
}

/** Neighbours get neighbouring ranks. */
function bySite(left: Candidate, right: Candidate): number {
  return (
    compare(left.networkDomain ?? '', right.networkDomain ?? '') ||
    compare(left.site ?? '', right.site ?? '') ||
    compare(left.workerId, right.workerId)
  );
}

/** By code unit: the same in every locale. */
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

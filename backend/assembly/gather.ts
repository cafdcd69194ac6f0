/** From the database to the planner: candidates by a lossy prefilter, and the market's prices. */
import type { Context } from '@muster/db';
import { currentMarket, type Market } from '@muster/pricing';
import { type CandidateFilter, candidates, type WorkerCandidate } from '@muster/workers';
import { type Candidate, complianceBits, connectivityIndex, serviceTierIndex } from './candidate.ts';
import { leasesHolding } from './leases.ts';
import type { SupplyRequest } from './request.ts';

/** Supply and prices as they were at a moment. */
export interface Survey {
  candidates: readonly Candidate[];
  market: Market;
  at: Date;
}

const surveys = new WeakMap<Context['db'], Map<string, Promise<Survey>>>();

/**
 * What may match now, with its prices. Those who ask the same while one reads share its answer: many customers often want the same, and
 * each plan is checked again when its workers are claimed.
 */
export function survey(context: Pick<Context, 'db' | 'clock'>, request: SupplyRequest): Promise<Survey> {
  const running = surveys.get(context.db) ?? new Map<string, Promise<Survey>>();
  surveys.set(context.db, running);
  const filter = JSON.stringify(freeFilter(request));
  const answer = running.get(filter) ?? read(context, request).finally(() => running.delete(filter));
  running.set(filter, answer);
  return answer;
}

async function read(context: Pick<Context, 'db' | 'clock'>, request: SupplyRequest): Promise<Survey> {
  const at = context.clock.now();
  const market = await currentMarket(context, request.simulated);
  return { candidates: await gatherFree(context, request), market, at };
}

/** When clusters end, as far as they have an end: `clusters` knows it. */
export type EndsAt = (clusterIds: string[]) => Promise<Map<string, Date>>;

/**
 * The candidates that may match now. What the filter leaves out would not match; what it lets through may still miss something: the
 * planner decides.
 */
export async function gatherFree(context: Pick<Context, 'db' | 'clock'>, request: SupplyRequest): Promise<Candidate[]> {
  return (await candidates(context, freeFilter(request))).map((worker) => toCandidate(worker));
}

function freeFilter({ countries, regions, ...request }: SupplyRequest): CandidateFilter {
  return {
    modelIds: request.modelIds,
    simulated: request.simulated,
    free: true,
    poolId: request.beside?.poolId,
    places: { countries, regions },
    minDevices: request.devicesPerWorker,
  };
}

/** Every worker of the kind asked for, real or simulated: what a refusal is explained with. */
export async function gatherAll(
  context: Pick<Context, 'db' | 'clock'>,
  { simulated }: Pick<SupplyRequest, 'simulated'>,
  endsAt: EndsAt,
): Promise<Candidate[]> {
  const workers = await candidates(context, { simulated });
  const hired = workers.filter(({ readiness }) => readiness === 'hired').map(({ workerId }) => workerId);
  const leases = await leasesHolding(context.db, hired);
  const ends = await endsAt([...new Set(leases.map(({ clusterId }) => clusterId))]);
  const freeAt = new Map(leases.map(({ workerId, clusterId }) => [workerId, ends.get(clusterId)]));
  return workers.map((worker) => toCandidate(worker, freeAt.get(worker.workerId)));
}

/** These workers as they are now, whatever they are doing. */
export async function gatherNamed(
  context: Pick<Context, 'db' | 'clock'>,
  workerIds: readonly string[],
): Promise<Candidate[]> {
  if (workerIds.length === 0) return [];
  return (await candidates(context, { workerIds })).map((worker) => toCandidate(worker));
}

function toCandidate(worker: WorkerCandidate, freeAt?: Date): Candidate {
  return {
    workerId: worker.workerId,
    organizationId: worker.organizationId,
    poolId: worker.poolId,
    modelId: worker.modelId,
    deviceCount: worker.deviceCount,
    country: worker.country,
    region: worker.region,
    site: worker.site,
    networkDomain: worker.networkDomain,
    connectivity: connectivityIndex(worker.connectivityTier),
    serviceTier: serviceTierIndex(worker.serviceTier),
    compliance: complianceBits(worker.compliances),
    floor: Number(worker.floorMicroUsdPerHour),
    simulated: worker.simulated,
    availability: availabilityOf(worker),
    freeAt: freeAt?.getTime() ?? null,
  };
}

function availabilityOf({ status, readiness }: WorkerCandidate): Candidate['availability'] {
  if (readiness === 'hired') return 'hired';
  return readiness === 'cluster-ready' && status === 'idle' ? 'free' : 'unready';
}

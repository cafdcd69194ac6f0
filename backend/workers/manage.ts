/** What owners and operators see and ask of workers. */
import {
  type Actor,
  DomainError,
  type ReadinessStep,
  type Scope,
  type ServiceTier,
  type WorkerStatus,
} from '@muster/common';
import { decodeCursor, type Event, type Page, type PageRequest, pageOf, timeline } from '@muster/events';
import { type Cause, changeWorker, lockWorker, type WorkerChanges } from './change.ts';
import { toWorkers, type Worker, type WorkerRow, type WorkersContext } from './worker.ts';

export interface WorkerFilter {
  status?: readonly WorkerStatus[] | undefined;
  readiness?: readonly ReadinessStep[] | undefined;
  modelId?: string | undefined;
  country?: string | undefined;
  poolId?: string | undefined;
}

/** The workers of the actor's organization, newest first. */
export async function listWorkers(
  context: WorkersContext,
  actor: Actor,
  page: PageRequest & WorkerFilter,
): Promise<Page<Worker>> {
  return list(context, actor.organizationId, page);
}

/** Every organization's workers, newest first. For operators. */
export async function adminListWorkers(
  context: WorkersContext,
  page: PageRequest & WorkerFilter & { organizationId?: string | undefined },
): Promise<Page<Worker>> {
  return list(context, page.organizationId, page);
}

/** @throws DomainError `not_found`, also for another organization's worker (invariant 8) */
export async function getWorker(context: WorkersContext, actor: Actor, workerId: string): Promise<Worker> {
  const [worker] = await toWorkers(context, [await getWorkerRow(context, actor, workerId)]);
  return worker!;
}

/** @throws DomainError `not_found`, also for another organization's worker (invariant 8) */
export async function getWorkerRow({ db }: WorkersContext, actor: Actor, workerId: string): Promise<WorkerRow> {
  return own(actor, await db.selectFrom('worker').selectAll().where('id', '=', workerId).executeTakeFirst());
}

/** What happened to a worker, oldest first. @throws DomainError `not_found` */
export async function workerTimeline(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  page: PageRequest,
): Promise<Page<Event>> {
  const { id } = await getWorkerRow(context, actor, workerId);
  return timeline(context.db, { kind: 'worker', id }, page);
}

/** It takes nothing new; what runs on it goes on. @throws DomainError `not_found` */
export async function pauseWorker(context: WorkersContext, actor: Actor, workerId: string): Promise<Worker> {
  return change(context, actor, workerId, () => ({ paused: true }), 'Paused by its owner.');
}

/** It may be hired again: ends a pause and a drain. @throws DomainError `not_found` */
export async function resumeWorker(context: WorkersContext, actor: Actor, workerId: string): Promise<Worker> {
  return change(context, actor, workerId, () => ({ paused: false, draining: false }), 'Resumed by its owner.');
}

/** It finishes what it runs and is then paused; one that is not hired is paused at once. @throws DomainError `not_found` */
export async function drainWorker(context: WorkersContext, actor: Actor, workerId: string): Promise<Worker> {
  const wanted = (row: WorkerRow) =>
    row.readiness === 'hired' ? { draining: true } : { draining: false, paused: true };
  return change(context, actor, workerId, wanted, 'Drained by its owner.');
}

/** Its name, and the least that one of its device-hours may cost. @throws DomainError `not_found` */
export async function updateWorker(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  input: { name?: string | undefined; floorMicroUsdPerHour?: bigint | undefined },
): Promise<Worker> {
  const changes: WorkerChanges = {
    ...(input.name !== undefined && { name: input.name }),
    ...(input.floorMicroUsdPerHour !== undefined && { floor_micro_usd_per_hour: input.floorMicroUsdPerHour }),
  };
  return change(context, actor, workerId, () => changes, 'Its settings were changed.');
}

/** The operator takes it out: it takes nothing new until it is unblocked. @throws DomainError `not_found` */
export async function blockWorker(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  reason: string,
): Promise<Worker> {
  return change(context, actor, workerId, () => ({ blocked: true }), `Blocked by the operator: ${reason}`);
}

/** @throws DomainError `not_found` */
export async function unblockWorker(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  reason: string,
): Promise<Worker> {
  return change(context, actor, workerId, () => ({ blocked: false }), `Unblocked by the operator: ${reason}`);
}

/** The tier that it serves, by the operator's decision. @throws DomainError `not_found` */
export async function setServiceTier(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  serviceTier: ServiceTier,
  reason = 'by decision of the operator',
): Promise<Worker> {
  const sentence = `It serves the tier ${serviceTier} now: ${reason}`;
  return change(context, actor, workerId, () => ({ service_tier: serviceTier }), sentence);
}

async function list(
  context: WorkersContext,
  organizationId: string | undefined,
  page: PageRequest & WorkerFilter,
): Promise<Page<Worker>> {
  let query = context.db.selectFrom('worker').selectAll();
  if (organizationId !== undefined) query = query.where('organization_id', '=', organizationId);
  if (page.status) query = query.where('status', 'in', page.status);
  if (page.readiness) query = query.where('readiness', 'in', page.readiness);
  if (page.modelId) query = query.where('model_id', '=', page.modelId);
  if (page.country) query = query.where('country', '=', page.country);
  if (page.poolId) query = query.where('pool_id', '=', page.poolId);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  const workers = await toWorkers(context, rows);
  return pageOf(
    workers,
    page.limit,
    (worker) => worker.id,
    (worker) => worker,
  );
}

async function change(
  context: WorkersContext,
  actor: Actor,
  workerId: string,
  decide: (row: WorkerRow) => WorkerChanges,
  reason: string,
): Promise<Worker> {
  const changed = await context.db.transaction().execute(async (trx) => {
    const row = own(actor, await lockWorker(trx, workerId), 'operator:write');
    const cause: Cause = { actorId: actor.id, reason };
    return changeWorker(trx, context, row, decide(row), cause);
  });
  const [worker] = await toWorkers(context, [changed]);
  return worker!;
}

/** The row when it is of the actor's organization, or any row for an operator with the scope. */
function own(actor: Actor, row: WorkerRow | undefined, scope: Scope = 'operator:read'): WorkerRow {
  const visible = row && (row.organization_id === actor.organizationId || actor.scopes.has(scope));
  if (!visible) throw new DomainError('not_found', 'There is no such worker.');
  return row;
}

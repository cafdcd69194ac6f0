/** What an owner can do with a cluster that stands: name it, keep it longer, scale it, stop it. */
import { extendHold } from '@muster/billing';
import { type Actor, type ClusterState, DomainError, hourMs } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { amend, type Cause, lockCluster } from './change.ts';
import { beginEnd } from './end.ts';
import { besideRequest, claimBeside, pricePerHour, proposeBeside } from './grow.ts';
import { checkQuota } from './occupy.ts';
import { checkSpendingCap } from './quotes.ts';
import { own, unknown } from './read.ts';
import { explainAgainst, refuse } from './refuse.ts';
import { encodeRequest } from './request.ts';
import { type Cluster, type ClusterRow, requestOf, toCluster } from './row.ts';
import { shrinkTo } from './shrink.ts';
import { isFinal, isHiring } from './states.ts';

export interface ClusterChange {
  name?: string | undefined;
  /** null turns it off. */
  autoscaling?: { minWorkers: number; maxWorkers: number } | null | undefined;
  idleShutdownSeconds?: number | null | undefined;
}

/**
 * @param options `version` is what the caller read; another one is refused
 * @throws DomainError `not_found`, `precondition_failed`, `illegal_transition`, `invalid_request`
 */
export async function updateCluster(
  context: Context,
  actor: Actor,
  id: string,
  change: ClusterChange,
  options: { version?: number | undefined } = {},
): Promise<Cluster> {
  return changeOwn(context, actor, id, async (trx, read) => {
    if (options.version !== undefined && options.version !== read.version) {
      throw new DomainError('precondition_failed', 'The cluster has changed since it was read.', {
        fix: 'Read it again, and send the new version.',
      });
    }
    mustLive(read);
    if (requestOf(read).image !== undefined && (change.autoscaling || change.idleShutdownSeconds)) {
      throw new DomainError('invalid_request', 'Autoscaling and idle shutdown are for clusters that run tasks.');
    }
    const { name, autoscaling, idleShutdownSeconds } = change;
    const reason = `changed: ${Object.keys(change).join(', ')}`;
    return amend(
      trx,
      context,
      read,
      'updated',
      { actorId: actor.id, reason },
      {
        ...(name !== undefined && { name }),
        ...(autoscaling !== undefined && {
          min_workers: autoscaling?.minWorkers ?? null,
          max_workers: autoscaling?.maxWorkers ?? null,
        }),
        ...(idleShutdownSeconds !== undefined && { idle_shutdown_seconds: idleShutdownSeconds }),
      },
    );
  });
}

/**
 * Keeps a cluster longer than it was asked for. The hold stays what it is: it always covers one hour.
 *
 * @throws DomainError `not_found`, `illegal_transition`, `price_guard`
 */
export async function extendCluster(
  context: Context,
  actor: Actor,
  id: string,
  { hours }: { hours: number },
): Promise<Cluster> {
  return changeOwn(context, actor, id, async (trx, read) => {
    mustLive(read);
    const request = requestOf(read);
    const before = request.time?.hours;
    if (before === undefined) {
      throw new DomainError('illegal_transition', 'The cluster runs until it is stopped: there is nothing to extend.');
    }
    const extended = { ...request, time: { hours: before + hours } };
    checkSpendingCap(extended, read.price_micro_usd_per_hour);
    const endsAt = read.ends_at && new Date(read.ends_at.getTime() + hours * hourMs);
    const reason = `${hours} h longer${endsAt ? `, until ${endsAt.toISOString()}` : ''}`;
    return amend(
      trx,
      context,
      read,
      'extended',
      { actorId: actor.id, reason },
      {
        request: encodeRequest(extended),
        ends_at: endsAt,
      },
    );
  });
}

/**
 * Gives a running cluster more workers, all or none, or fewer, those of the highest ranks first.
 *
 * @param change `atLeast` is asked under the cluster's lock how many must stay
 * @throws DomainError `not_found`, `illegal_transition`, `unfulfillable`, `price_guard`, `insufficient_funds`, `quota_exceeded`
 */
export async function scaleCluster(
  context: Context,
  actor: Actor,
  id: string,
  { workers, atLeast = async () => 0 }: { workers: number; atLeast?: (trx: Transaction<Database>) => Promise<number> },
): Promise<Cluster> {
  const outside = await own(context.db, actor, id);
  const more = workers - outside.workers;
  if (more <= 0) {
    return changeOwn(context, actor, id, async (trx, read) =>
      shrink(trx, context, actor, read, Math.max(workers, await atLeast(trx))),
    );
  }
  mustScale(outside);
  const request = await besideRequest(context, context.db, outside, more);
  const proposed = await proposeBeside(context, request);
  try {
    return await changeOwn(context, actor, id, async (trx, read) => {
      if (read.workers !== outside.workers) throw scaledMeanwhile();
      mustScale(read);
      const ranks = Array.from({ length: more }, (_, index) => read.workers + index);
      const leases = await claimBeside(trx, context, read, request, proposed, ranks);
      if (!leases) throw new NothingFree();
      await checkQuota(trx, read.organization_id, 0);
      const amount = pricePerHour(leases);
      checkSpendingCap(requestOf(read), read.price_micro_usd_per_hour + amount);
      await extendHold(trx, context, { clusterId: read.id, amount, actorId: actor.id });
      const reason = `from ${read.workers} to ${workers} workers`;
      return amend(
        trx,
        context,
        read,
        'scaled',
        { actorId: actor.id, reason },
        {
          workers,
          price_micro_usd_per_hour: read.price_micro_usd_per_hour + amount,
          progress_at: context.clock.now(),
        },
      );
    });
  } catch (error) {
    if (!(error instanceof NothingFree)) throw error;
    const { refusal } = await explainAgainst(context, request);
    if (refusal) throw await refuse(context, actor, { ...requestOf(outside), workers: more }, refusal);
    throw new DomainError('unavailable', 'Others were faster.', { fix: 'Try again.' });
  }
}

/** Decided under the lock of supply, and explained without it. */
class NothingFree extends Error {}

async function shrink(
  trx: Transaction<Database>,
  context: Context,
  actor: Actor,
  read: ClusterRow,
  workers: number,
): Promise<ClusterRow> {
  mustScale(read);
  if (workers === read.workers) return read;
  if (workers > read.workers) throw scaledMeanwhile();
  const reason = `from ${read.workers} to ${workers} workers`;
  return shrinkTo(trx, context, read, workers, { type: 'scaled', outcome: 'completed', actorId: actor.id, reason });
}

/**
 * Stops a cluster. It costs nothing from this moment on; its workers are free for others when its pool has let them go. Asking again
 * changes nothing.
 *
 * @throws DomainError `not_found`
 */
export async function terminateCluster(
  context: Context,
  actor: Actor,
  id: string,
  { reason = 'asked by its owner' }: { reason?: string | undefined } = {},
): Promise<Cluster> {
  return changeOwn(context, actor, id, (trx, read) => stop(trx, context, actor.id, read, reason));
}

/** For operators. @throws DomainError `not_found` */
export async function adminTerminateCluster(
  context: Context,
  actor: Actor,
  id: string,
  { reason }: { reason: string },
): Promise<Cluster> {
  return context.db.transaction().execute(async (trx) => {
    const read = await lockCluster(trx, id);
    if (!read) throw unknown();
    return toCluster(await stop(trx, context, actor.id, read, reason));
  });
}

/** Stops a cluster for the platform's own reasons: its job is done, or it is idle. Asking again changes nothing. */
export async function completeCluster(
  trx: Transaction<Database>,
  context: Context,
  clusterId: string,
  { actorId, reason }: Cause,
): Promise<void> {
  const read = await lockCluster(trx, clusterId);
  if (read) await stop(trx, context, actorId, read, reason);
}

async function stop(
  trx: Transaction<Database>,
  context: Context,
  actorId: string,
  read: ClusterRow,
  reason: string,
): Promise<ClusterRow> {
  if (read.state === 'terminating' || isFinal(read.state)) return read;
  return beginEnd(trx, context, read, 'terminated', { actorId, reason });
}

/** Under the row's lock, so that a stale decision is not possible. */
async function changeOwn(
  context: Context,
  actor: Actor,
  id: string,
  change: (trx: Transaction<Database>, read: ClusterRow) => Promise<ClusterRow>,
): Promise<Cluster> {
  return context.db.transaction().execute(async (trx) => {
    const read = await lockCluster(trx, id);
    if (read?.organization_id !== actor.organizationId) throw unknown();
    return toCluster(await change(trx, read));
  });
}

function mustLive(read: ClusterRow): void {
  if (!isHiring(read.state)) throw cannot(read.state);
}

function mustScale({ state, kind }: ClusterRow): void {
  if (kind === 'job') throw new DomainError('illegal_transition', 'A job keeps the workers that its task runs on.');
  if (state !== 'running') throw cannot(state);
}

function scaledMeanwhile(): DomainError {
  return new DomainError('conflict', 'The cluster was scaled meanwhile.', { fix: 'Read it again.' });
}

function cannot(state: ClusterState): DomainError {
  return new DomainError('illegal_transition', `A cluster that is ${state} cannot do this.`, {
    ...(isHiring(state) && { fix: 'Wait until it is running.' }),
  });
}

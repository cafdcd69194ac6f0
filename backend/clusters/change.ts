/** The one way in which a cluster's row changes: compare-and-set, with its event, its message and a nudge to its pool (invariant 3). */
import { enqueue, exchanges } from '@muster/broker';
import { type ClusterState, DomainError } from '@muster/common';
import type { ClusterTable, Context, Database, Transaction, Updateable } from '@muster/db';
import { appendEvent } from '@muster/events';
import type { ClusterRow } from './row.ts';
import { isFinal, mayFollow } from './states.ts';

/** Who changes a cluster, and why: shown to its owner in the timeline. */
export interface Cause {
  actorId: string;
  reason: string;
  /** More for programs. */
  body?: Record<string, unknown>;
}

export type ClusterChanges = Omit<Updateable<ClusterTable>, 'id' | 'version' | 'state' | 'state_at' | 'nudged_at'>;

/**
 * The row under its lock, until the transaction ends: whoever changes leases, money and tasks of a cluster takes it first. Its key does
 * not change, so rows that only refer to it, such as a payment for its time, are written meanwhile.
 */
export async function lockCluster(trx: Transaction<Database>, clusterId: string): Promise<ClusterRow | undefined> {
  return trx.selectFrom('cluster').selectAll().where('id', '=', clusterId).forNoKeyUpdate().executeTakeFirst();
}

/**
 * Moves a cluster to another state.
 *
 * The caller names the row that it decided on. If another writer was faster, nothing is written, and the caller, whose decision is now
 * stale, reads again.
 *
 * @throws DomainError `illegal_transition` when `to` may not follow the state that was read
 * @throws DomainError `conflict` when the row has changed since it was read
 */
export async function transition(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  to: ClusterState,
  cause: Cause,
  changes: ClusterChanges = {},
): Promise<ClusterRow> {
  if (!mayFollow(read.state, to)) {
    throw new DomainError('illegal_transition', `A cluster that is ${read.state} cannot become ${to}.`);
  }
  const at = context.clock.now();
  return write(trx, context, read, to, cause, { ...changes, state: to, state_at: at, progress_at: at });
}

/**
 * Changes a cluster within its state: `type` says in the past tense what happened.
 *
 * @throws DomainError `conflict` when the row has changed since it was read
 */
export async function amend(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  type: string,
  cause: Cause,
  changes: ClusterChanges = {},
): Promise<ClusterRow> {
  return write(trx, context, read, type, cause, changes);
}

async function write(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  type: string,
  cause: Cause,
  changes: Updateable<ClusterTable>,
): Promise<ClusterRow> {
  const row = await trx
    .updateTable('cluster')
    .set({ ...changes, version: read.version + 1, nudged_at: context.clock.now() })
    .where('id', '=', read.id)
    .where('version', '=', read.version)
    .returningAll()
    .executeTakeFirst();
  if (!row) {
    throw new DomainError('conflict', 'The cluster has changed in the meantime.', { fix: 'Read it again and retry.' });
  }
  await appendEvent(trx, context, {
    organizationId: row.organization_id,
    subject: { kind: 'cluster', id: row.id },
    type,
    state: row.state,
    version: row.version,
    ...cause,
  });
  if (!isFinal(row.state)) await nudge(trx, context, row);
  return row;
}

/** Tells the pool's orchestrator to look at the cluster. */
export async function nudge(
  trx: Transaction<Database>,
  { ids }: Pick<Context, 'ids'>,
  { id, pool_id }: Pick<ClusterRow, 'id' | 'pool_id'>,
): Promise<void> {
  if (pool_id === null) return;
  await enqueue(trx, {
    id: ids.next('message'),
    exchange: exchanges.tasks,
    routingKey: pool_id,
    type: 'cluster.changed',
    body: { clusterId: id },
  });
}

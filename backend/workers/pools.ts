/** Pools: Kubernetes clusters whose nodes are workers. Their credentials are encrypted, and only the orchestrator reads them. */
import { regionOf } from '@muster/catalogue';
import { type Actor, DomainError } from '@muster/common';
import { type Context, type Database, type Kysely, type PoolTable, type Selectable, violates } from '@muster/db';
import { appendEvent, decodeCursor, type Page, type PageRequest, pageOf } from '@muster/events';
import { checkKubeconfig } from './kubeconfig.ts';
import { decryptSecret, encryptSecret } from './secrets.ts';

export interface Pool {
  id: string;
  organizationId: string;
  name: string;
  kind: 'community' | 'attached';
  country: string;
  region: string;
  state: 'active' | 'detached';
  floorMicroUsdPerHour: bigint;
  /** Workers in it that are not gone for good. */
  workers: number;
  createdAt: Date;
}

export interface NewPool {
  name: string;
  country: string;
  kubeconfig: string;
  /** The least that a device-hour of its workers may cost. */
  floorMicroUsdPerHour?: bigint | undefined;
  /** `community` is where node-bridges keep the nodes of single machines: only the operator makes one. */
  kind?: 'community' | 'attached' | undefined;
}

/**
 * Attaches a pool to the actor's organization. Its nodes become workers as soon as the orchestrator has seen them.
 *
 * @param secretsKey 32 bytes; the kubeconfig is kept only encrypted with it
 * @throws DomainError `invalid_request` for an unknown country or a kubeconfig that would run programs or read files,
 *   `already_exists` for a name in use, `forbidden` for a community pool by anyone but an operator
 */
export async function attachPool(context: Context, actor: Actor, secretsKey: Buffer, input: NewPool): Promise<Pool> {
  const kind = input.kind ?? 'attached';
  if (kind === 'community' && !actor.scopes.has('operator:write')) {
    throw new DomainError('forbidden', 'Only the operator makes a community pool.');
  }
  checkKubeconfig(input.kubeconfig);
  const id = context.ids.next('pool');
  try {
    return await context.db.transaction().execute(async (trx) => {
      const row = await trx
        .insertInto('pool')
        .values({
          id,
          organization_id: actor.organizationId,
          name: input.name,
          kind,
          country: input.country,
          region: regionOf(input.country),
          kubeconfig_encrypted: encryptSecret(secretsKey, input.kubeconfig, id),
          floor_micro_usd_per_hour: input.floorMicroUsdPerHour ?? 0n,
          created_at: context.clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow();
      await appendEvent(trx, context, {
        organizationId: row.organization_id,
        subject: { kind: 'pool', id },
        type: 'attached',
        state: row.state,
        version: row.version,
        actorId: actor.id,
        reason: `Pool ${row.name} was attached.`,
      });
      return toPool(row, 0);
    });
  } catch (error) {
    if (violates(error, 'pool_name_key'))
      throw new DomainError('already_exists', `There is a pool named ${input.name}.`);
    throw error;
  }
}

/**
 * Detaches a pool: its workers take nothing new. What runs there runs to its end.
 *
 * @throws DomainError `not_found`, also for another organization's pool; `illegal_transition` when it is detached already
 */
export async function detachPool(context: Context, actor: Actor, poolId: string): Promise<Pool> {
  return context.db.transaction().execute(async (trx) => {
    const read = await trx.selectFrom('pool').selectAll().where('id', '=', poolId).forUpdate().executeTakeFirst();
    if (!read || !maySee(actor, read)) throw new DomainError('not_found', 'There is no such pool.');
    if (read.state === 'detached') throw new DomainError('illegal_transition', 'The pool is detached already.');
    const row = await trx
      .updateTable('pool')
      .set({ state: 'detached', version: read.version + 1 })
      .where('id', '=', poolId)
      .returningAll()
      .executeTakeFirstOrThrow();
    await appendEvent(trx, context, {
      organizationId: row.organization_id,
      subject: { kind: 'pool', id: poolId },
      type: 'detached',
      state: row.state,
      version: row.version,
      actorId: actor.id,
      reason: `Pool ${row.name} was detached.`,
    });
    return toPool(row, await countWorkers(trx, poolId));
  });
}

/** The actor's pools, newest first; every organization's for the operator when `all` is asked. */
export async function listPools(
  { db }: Context,
  actor: Actor,
  page: PageRequest & { all?: boolean },
): Promise<Page<Pool>> {
  let query = db
    .selectFrom('pool')
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom('worker')
        .whereRef('worker.pool_id', '=', 'pool.id')
        .where('status', '!=', 'inactive')
        .select((count) => count.fn.countAll<bigint>().as('count'))
        .as('workers'),
    );
  if (!(page.all && actor.scopes.has('operator:read')))
    query = query.where('organization_id', '=', actor.organizationId);
  if (page.cursor) query = query.where('id', '<', decodeCursor(page.cursor));
  const rows = await query
    .orderBy('id', 'desc')
    .limit(page.limit + 1)
    .execute();
  return pageOf(
    rows,
    page.limit,
    (row) => row.id,
    (row) => toPool(row, Number(row.workers)),
  );
}

/** Every pool in use: what an orchestrator watches. */
export async function activePools(db: Kysely<Database>): Promise<{ id: string; name: string; kind: Pool['kind'] }[]> {
  return db.selectFrom('pool').select(['id', 'name', 'kind']).where('state', '=', 'active').orderBy('id').execute();
}

/**
 * A pool's credentials in clear, for the orchestrator and the node-bridge alone.
 *
 * @throws DomainError `not_found`; `internal` when the key is not the one it was encrypted with
 */
export async function poolKubeconfig(db: Kysely<Database>, secretsKey: Buffer, poolId: string): Promise<string> {
  const row = await db.selectFrom('pool').select('kubeconfig_encrypted').where('id', '=', poolId).executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such pool.');
  return decryptSecret(secretsKey, row.kubeconfig_encrypted, poolId);
}

/** The community pool that a new token is for when none is named. @throws DomainError `unavailable` when there is none */
export async function communityPool(db: Kysely<Database>, poolId?: string): Promise<Selectable<PoolTable>> {
  let query = db.selectFrom('pool').selectAll().where('kind', '=', 'community').where('state', '=', 'active');
  if (poolId) query = query.where('id', '=', poolId);
  const pool = await query.orderBy('id').limit(1).executeTakeFirst();
  if (pool) return pool;
  if (poolId) throw new DomainError('not_found', 'There is no such community pool.');
  throw new DomainError('unavailable', 'There is no community pool yet.', { fix: 'Ask the operator to make one.' });
}

function maySee(actor: Actor, row: { organization_id: string }): boolean {
  return row.organization_id === actor.organizationId || actor.scopes.has('operator:write');
}

async function countWorkers(db: Kysely<Database>, poolId: string): Promise<number> {
  const { count } = await db
    .selectFrom('worker')
    .select((eb) => eb.fn.countAll<bigint>().as('count'))
    .where('pool_id', '=', poolId)
    .where('status', '!=', 'inactive')
    .executeTakeFirstOrThrow();
  return Number(count);
}

function toPool(row: Selectable<PoolTable>, workers: number): Pool {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    kind: row.kind,
    country: row.country,
    region: row.region,
    state: row.state,
    floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
    workers,
    createdAt: row.created_at,
  };
}

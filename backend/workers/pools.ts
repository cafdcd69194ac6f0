/** Pools: Kubernetes clusters whose nodes are workers. Their credentials are encrypted, and only the orchestrator reads them. */
import { findCountry } from '@muster/catalogue';
import { type Actor, DomainError } from '@muster/common';
import { type Context, type Database, type Kysely, type PoolTable, type Selectable, violates } from '@muster/db';
import { appendEvent } from '@muster/events';
import { checkedKubeconfig } from './kubeconfig.ts';
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
  version: number;
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
 *   `already_exists` for a name in use, `forbidden` for a community pool by anyone but an operator, `quota_exceeded` for one too many
 */
export async function attachPool(context: Context, actor: Actor, secretsKey: Buffer, input: NewPool): Promise<Pool> {
  const kind = input.kind ?? 'attached';
  if (kind === 'community' && !actor.scopes.has('operator:write')) {
    throw new DomainError('forbidden', 'Only the operator makes a community pool.');
  }
  const country = findCountry(input.country);
  if (!country) throw new DomainError('invalid_request', `There is no country ${input.country}.`);
  const kubeconfig = checkedKubeconfig(input.kubeconfig);
  const id = context.ids.next('pool');
  try {
    return await context.db.transaction().execute(async (trx) => {
      if (!actor.scopes.has('operator:write')) await refuseMore(trx, actor.organizationId);
      const row = await trx
        .insertInto('pool')
        .values({
          id,
          organization_id: actor.organizationId,
          name: input.name,
          kind,
          country: country.code,
          region: country.region,
          kubeconfig_encrypted: encryptSecret(secretsKey, kubeconfig, id),
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
      return toPool(row);
    });
  } catch (error) {
    if (violates(error, 'pool_name_key'))
      throw new DomainError('already_exists', `There is a pool named ${input.name}.`);
    throw error;
  }
}

/** Each pool is watched by every orchestrator, whatever it holds. */
const mostPools = 20;

async function refuseMore(trx: Kysely<Database>, organizationId: string): Promise<void> {
  const pools = await trx
    .selectFrom('pool')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .limit(mostPools)
    .execute();
  if (pools.length < mostPools) return;
  throw new DomainError('quota_exceeded', `An organization attaches at most ${mostPools} pools.`, {
    fix: 'Detach one that you no longer need, or ask the operator to attach it.',
  });
}

/**
 * Detaches a pool without leases: its workers are offered no more, and the orchestrator leaves it alone. One whose hired workers have
 * all gone silent may be detached too, since nobody there can be asked to let them go: what `clusters` still has in it ends.
 *
 * @throws DomainError `not_found`, also for another organization's pool; `conflict` while a cluster holds a worker that is heard
 */
export async function detachPool(context: Context, actor: Actor, poolId: string): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    const read = await trx.selectFrom('pool').selectAll().where('id', '=', poolId).forNoKeyUpdate().executeTakeFirst();
    if (!read || !maySee(actor, read) || read.state === 'detached') {
      throw new DomainError('not_found', 'There is no such pool.');
    }
    // A worker's lock keeps assembly from hiring it in between.
    const workers = await trx
      .selectFrom('worker')
      .select(['id', 'readiness', 'connected'])
      .where('pool_id', '=', poolId)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute();
    const hired = workers.filter(({ readiness, connected }) => readiness === 'hired' && connected).length;
    if (hired > 0) {
      throw new DomainError('conflict', `Clusters hold ${hired} of its workers.`, {
        fix: 'Drain its workers, and detach it when their leases have ended.',
      });
    }
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
  });
}

/** The pools of the actor's organization, oldest first. */
export async function listPools({ db }: Context, actor: Actor): Promise<Pool[]> {
  const rows = await db
    .selectFrom('pool')
    .selectAll()
    .where('organization_id', '=', actor.organizationId)
    .orderBy('id')
    .execute();
  return rows.map(toPool);
}

/** Every organization's pools, oldest first. For operators. */
export async function adminListPools({ db }: Context): Promise<Pool[]> {
  return (await db.selectFrom('pool').selectAll().orderBy('id').execute()).map(toPool);
}

/** Every pool in use: what an orchestrator watches. */
export async function activePools(db: Kysely<Database>): Promise<{ id: string; name: string; kind: Pool['kind'] }[]> {
  return db.selectFrom('pool').select(['id', 'name', 'kind']).where('state', '=', 'active').orderBy('id').execute();
}

/** Every pool that was in use once: nobody looks after what clusters may still have in it. */
export async function detachedPoolIds(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('pool').select('id').where('state', '=', 'detached').execute();
  return rows.map(({ id }) => id);
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

function toPool(row: Selectable<PoolTable>): Pool {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    kind: row.kind,
    country: row.country,
    region: row.region,
    state: row.state,
    floorMicroUsdPerHour: row.floor_micro_usd_per_hour,
    version: row.version,
    createdAt: row.created_at,
  };
}

/** The price book: the base price of every model, changed by operators and never overwritten. */
import { type Actor, DomainError } from '@muster/common';
import { type Context, type Database, type Kysely, type Transaction, violates } from '@muster/db';

export interface BasePrice {
  modelId: string;
  priceMicroUsdPerHour: bigint;
  effectiveFrom: Date;
  actorId: string;
}

/** The base prices in force, one per model. */
export async function listPriceBook({ db, clock }: Pick<Context, 'db' | 'clock'>): Promise<BasePrice[]> {
  const rows = await db
    .selectFrom('base_price')
    .selectAll()
    .distinctOn('model_id')
    .where('effective_from', '<=', clock.now())
    .orderBy('model_id')
    .orderBy('effective_from', 'desc')
    .execute();
  return rows.map((row) => ({
    modelId: row.model_id,
    priceMicroUsdPerHour: row.price_micro_usd_per_hour,
    effectiveFrom: row.effective_from,
    actorId: row.actor_id,
  }));
}

/**
 * Sets the base price of a model from now on; prices follow with the next tick. For operators.
 *
 * @throws DomainError `not_found` when there is no such model
 */
export async function setBasePrice(
  context: Context,
  actor: Actor,
  change: { modelId: string; priceMicroUsdPerHour: bigint },
): Promise<BasePrice> {
  const price = { ...change, effectiveFrom: context.clock.now(), actorId: actor.id };
  try {
    await insert(context.db, [price]);
  } catch (error) {
    if (violates(error, 'base_price_model_id_fkey'))
      throw new DomainError('not_found', 'There is no such hardware model.', { cause: error });
    throw error;
  }
  return price;
}

/** Gives models that have no base price yet their first one; others keep theirs. */
export async function openPriceBook(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock'>,
  prices: { modelId: string; priceMicroUsdPerHour: bigint }[],
): Promise<void> {
  const known = await trx.selectFrom('base_price').select('model_id').distinct().execute();
  const priced = new Set(known.map((row) => row.model_id));
  const missing = prices.filter(({ modelId }) => !priced.has(modelId));
  const effectiveFrom = context.clock.now();
  await insert(
    trx,
    missing.map((price) => ({ ...price, effectiveFrom, actorId: 'system:catalogue' })),
  );
}

async function insert(db: Kysely<Database>, prices: BasePrice[]): Promise<void> {
  if (prices.length === 0) return;
  await db
    .insertInto('base_price')
    .values(
      prices.map((price) => ({
        model_id: price.modelId,
        effective_from: price.effectiveFrom,
        price_micro_usd_per_hour: price.priceMicroUsdPerHour,
        actor_id: price.actorId,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['model_id', 'effective_from']).doUpdateSet((excluded) => ({
        price_micro_usd_per_hour: excluded.ref('excluded.price_micro_usd_per_hour'),
        actor_id: excluded.ref('excluded.actor_id'),
      })),
    )
    .execute();
}

/** How a cluster comes to be: workers, money, row, events and message in one transaction, or nothing of it. */
import {
  type Assembled,
  claimInTurn,
  confirm,
  lockSupply,
  type SupplyRequest,
  type Survey,
  survey,
} from '@muster/assembly';
import { type Actor, type ClusterState, DomainError, formatMicro, isDomainError } from '@muster/common';
import type { ClusterTable, Context, Database, Insertable, Transaction } from '@muster/db';
import { appendEvents } from '@muster/events';
import { nudge } from './change.ts';
import { checkQuota, occupy } from './occupy.ts';
import { placeOrder } from './orders.ts';
import { checkSpendingCap, getQuote, propose, quotedAssembly } from './quotes.ts';
import { getCluster } from './read.ts';
import { explainAgainst, refuse } from './refuse.ts';
import { type ClusterRequest, encodeRequest, supplyOf } from './request.ts';
import { type Cluster, type ClusterRow, currencyOf, toCluster } from './row.ts';

export type NewCluster = { quoteId: string; request?: undefined } | { quoteId?: undefined; request: ClusterRequest };

/** What is about to be claimed. */
interface Order {
  id: string;
  request: ClusterRequest;
  supply: SupplyRequest;
  /** Planned on a survey, without the lock. */
  proposed: Assembled;
  surveyed: Survey;
  /** The quote that is taken, with the price that was promised. */
  quote?: { id: string; priceMicroUsdPerHour: bigint };
}

/** Rare: workers became free between the refusal under the lock and its explanation. */
const tries = 3;

/**
 * Claims the workers, holds the price of one hour, and asks the pool to bring the cluster up.
 *
 * @param options `id` is the cluster's id when the caller derived one from an idempotency key: a cluster of that id is answered as it is.
 * With `awaitPayment`, a request that the balance does not cover is kept as `requested` for 20 minutes: see `orders.ts`
 * @throws DomainError `unfulfillable` and `price_guard` with `details` `{ exclusions, nearest }`, `insufficient_funds`, `quota_exceeded`,
 * `expired` (the quote), `already_exists` (the quote was taken), `not_found` (the quote), `conflict` (its workers were taken)
 */
export async function createCluster(
  context: Context,
  actor: Actor,
  input: NewCluster,
  options: { id?: string | undefined; awaitPayment?: boolean | undefined } = {},
): Promise<Cluster> {
  const existing = await find(context, actor, options.id);
  if (existing) return existing;
  const id = options.id ?? context.ids.next('cluster');
  for (let left = tries; ; left--) {
    const order = await toOrder(context, actor, id, input);
    try {
      return toCluster(await claimInTurn(context, (trx) => create(trx, context, actor, order)));
    } catch (error) {
      // Whatever refused it, the same request may have made it meanwhile, and used up what is missing now.
      const made = await find(context, actor, options.id);
      if (made) return made;
      if (options.awaitPayment && isDomainError(error, 'insufficient_funds') && input.request) {
        return placeOrder(context, actor, toRow(context, actor.organizationId, order, order.proposed), error.message);
      }
      if (error instanceof NothingFree) {
        const { refusal } = await explainAgainst(context, order.supply);
        if (refusal) throw await refuse(context, actor, order.request, refusal);
      } else if (!isDomainError(error, 'conflict') || order.quote) throw error;
      if (left === 1) throw new DomainError('unavailable', 'Others were faster each time.', { fix: 'Try again.' });
    }
  }
}

async function find(context: Context, actor: Actor, id: string | undefined): Promise<Cluster | undefined> {
  if (id === undefined) return undefined;
  return getCluster(context, actor, id).catch((error) => {
    if (!isDomainError(error, 'not_found')) throw error;
    return undefined;
  });
}

/** Decided under the lock of supply: there is no set of workers. Caught above, where it is explained without the lock. */
class NothingFree extends Error {}

async function toOrder(context: Context, actor: Actor, id: string, input: NewCluster): Promise<Order> {
  if (input.request) {
    const { request } = input;
    const { assembled: proposed, surveyed } = await propose(context, actor, request);
    return { id, request, supply: supplyOf(request), proposed, surveyed };
  }
  const quote = await getQuote(context, actor, input.quoteId);
  if (quote.clusterId && quote.clusterId !== id) throw quoteTaken(quote.clusterId);
  if (quote.expiresAt <= context.clock.now()) {
    throw new DomainError('expired', 'The quote has expired.', { fix: 'Ask for a new one: it holds for 5 minutes.' });
  }
  const { request, priceMicroUsdPerHour } = quote;
  const supply = supplyOf(request);
  const [proposed, surveyed] = await Promise.all([quotedAssembly(context, quote), survey(context, supply)]);
  return { id, request, supply, proposed, surveyed, quote: { id: quote.id, priceMicroUsdPerHour } };
}

async function create(trx: Transaction<Database>, context: Context, actor: Actor, order: Order): Promise<ClusterRow> {
  const { request, supply } = order;
  const { organizationId } = actor;
  await lockSupply(trx);
  await checkQuota(trx, organizationId, request.workers * request.processor.devicesPerWorker);
  if (order.quote) await takeQuote(trx, order.quote.id, order.id);
  const complete = order.proposed.workers.length === supply.workers;
  const assembled = await confirm(trx, context, supply, order.surveyed, complete ? order.proposed : undefined);
  if (!assembled) throw new NothingFree();
  if (order.quote && assembled.priceMicroUsdPerHour > order.quote.priceMicroUsdPerHour) throw quotedWorkersTaken();
  checkSpendingCap(request, assembled.priceMicroUsdPerHour);

  const row = await trx
    .insertInto('cluster')
    .values(toRow(context, organizationId, order, assembled))
    .returningAll()
    .executeTakeFirstOrThrow();
  await occupy(trx, context, actor, row, assembled);
  await tellBirth(trx, context, actor, row);
  await nudge(trx, context, row);
  return row;
}

/** The three states that a new cluster passes within its transaction. */
const birth: [ClusterState, (row: ClusterRow) => string][] = [
  ['requested', () => 'ordered'],
  ['assembling', ({ workers }) => `workers chosen: ${workers}`],
  [
    'provisioning',
    (row) => `workers held: ${row.workers}; set aside: ${formatMicro(row.price_micro_usd_per_hour)} ${currencyOf(row)}`,
  ],
];

async function tellBirth(trx: Transaction<Database>, context: Context, actor: Actor, row: ClusterRow): Promise<void> {
  await appendEvents(
    trx,
    context,
    birth.map(([state, reason], index) => ({
      organizationId: row.organization_id,
      subject: { kind: 'cluster', id: row.id },
      type: state,
      state,
      version: index + 1,
      actorId: actor.id,
      reason: reason(row),
    })),
  );
}

function toRow(
  context: Context,
  organizationId: string,
  { id, request }: Order,
  { poolId, priceMicroUsdPerHour }: Assembled,
): Insertable<ClusterTable> {
  const now = context.clock.now();
  return {
    id,
    organization_id: organizationId,
    pool_id: poolId,
    name: request.name ?? defaultName(id),
    kind: request.kind,
    state: 'provisioning',
    version: birth.length,
    state_at: now,
    progress_at: now,
    nudged_at: now,
    request: encodeRequest(request),
    simulated: request.simulated ?? false,
    workers: request.workers,
    devices_per_worker: request.processor.devicesPerWorker,
    price_micro_usd_per_hour: priceMicroUsdPerHour,
    min_workers: request.autoscaling?.minWorkers ?? null,
    max_workers: request.autoscaling?.maxWorkers ?? null,
    idle_shutdown_seconds: request.idleShutdownSeconds ?? null,
    created_at: now,
  };
}

/** The end of the id, which differs most: `cluster-7k2m9q`. */
function defaultName(id: string): string {
  return `cluster-${id.slice(-6)}`;
}

async function takeQuote(trx: Transaction<Database>, quoteId: string, clusterId: string): Promise<void> {
  const taken = await trx
    .updateTable('quote')
    .set({ used_by: clusterId })
    .where('id', '=', quoteId)
    .where('used_by', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (!taken) throw quoteTaken();
}

function quoteTaken(clusterId?: string): DomainError {
  return new DomainError('already_exists', 'A cluster was made of this quote already.', {
    fix: 'Ask for a new quote.',
    ...(clusterId && { details: { clusterId } }),
  });
}

function quotedWorkersTaken(): DomainError {
  return new DomainError(
    'conflict',
    'Another customer took the quoted workers, and the others that match cost more than was quoted.',
    { fix: 'Ask for a new quote.' },
  );
}

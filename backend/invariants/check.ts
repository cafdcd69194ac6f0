/** What must always hold (architecture.md), walked over the live system: Postgres in one snapshot, and every pool. */
import { verifyAudit } from '@muster/audit';
import { checkInvoices, checkLedger } from '@muster/billing';
import type { Context, Database, Transaction } from '@muster/db';
import { checkWindows, type Offence } from '@muster/metering';
import {
  allWorkersOrNone,
  changesAreTold,
  devicesLeasedOnce,
  messagesMove,
  nothingSimulatedIsReal,
  serverTime,
  shortTransactions,
  tenantsAreApart,
} from './database.ts';
import { type PoolReader, readPools, unexpectedInPools } from './pools.ts';

export interface Invariant {
  /** As in architecture.md; 13 is the chain of the audit. */
  number: number;
  name: string;
  held: boolean;
  offenders: Offence[];
}

/** Of an invariant that is broken all over, the first offenders tell enough. */
const mostOffenders = 100;

type Check = (trx: Transaction<Database>) => Promise<Offence[]>;

/**
 * Walks every invariant that can be checked from outside. It writes nothing, and it is safe on a busy system: all queries
 * see one snapshot, and what is on its way (a message, an object being deleted) has the time that it is allowed.
 *
 * @param pools how to see what each pool holds; `infra` knows, the caller brings it
 */
export async function checkInvariants(
  context: Context,
  { pools }: { pools: readonly PoolReader[] },
): Promise<Invariant[]> {
  // Before the snapshot: no network inside a transaction, and a cluster's row is older than its objects.
  const held = await readPools(pools);
  const now = context.clock.now();
  const checks: [number, string, Check][] = [
    [1, 'A device is in at most one live lease', devicesLeasedOnce],
    [2, 'A cluster gets all its workers or none', allWorkersOrNone],
    [3, 'State, event and message commit together', changesAreTold],
    [4, 'Lost, doubled or reordered messages change nothing', (trx) => messagesMove(trx, now)],
    [5, 'Every ledger transaction sums to zero, and balances are the sums of their entries', checkLedger],
    [6, 'A balance never goes below its floor', balancesAboveFloor],
    [7, 'Usage windows have no gap and no overlap, and bills can be derived from them', windowsAndBills],
    [8, 'A caller sees only its organization’s things', tenantsAreApart],
    [9, 'No transaction is long', (trx) => shortTransactions(trx)],
    [10, 'Nothing lives in Kubernetes without a live cluster', (trx) => unexpectedInPools(trx, held, now)],
    [11, 'Nothing simulated is counted or billed as real', nothingSimulatedIsReal],
    [12, 'Server time decides', (trx) => serverTime(trx, now)],
    [13, 'The audit log is whole', auditIsWhole],
  ];
  return context.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (trx) => {
      const invariants: Invariant[] = [];
      for (const [number, name, check] of checks) {
        const offenders = await check(trx);
        invariants.push({ number, name, held: offenders.length === 0, offenders: offenders.slice(0, mostOffenders) });
      }
      return invariants;
    });
}

async function balancesAboveFloor(trx: Transaction<Database>): Promise<Offence[]> {
  const rows = await trx
    .selectFrom('ledger_account')
    .select(['id', 'balance', 'floor'])
    .where('floor', 'is not', null)
    .whereRef('balance', '<', 'floor')
    .execute();
  return rows.map(({ id, balance, floor }) => ({ id, sentence: `its balance ${balance} is below its floor ${floor}` }));
}

async function windowsAndBills(trx: Transaction<Database>): Promise<Offence[]> {
  return [...(await checkWindows(trx)), ...(await checkInvoices(trx))];
}

async function auditIsWhole(trx: Transaction<Database>): Promise<Offence[]> {
  const { firstBroken } = await verifyAudit({ db: trx });
  return firstBroken ? [{ id: `audit entry ${firstBroken.seq}`, sentence: firstBroken.why }] : [];
}

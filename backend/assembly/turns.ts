/** Claimers wait for each other: in this process without a connection, and only then, with one, for the lock of supply. */
import type { Context, Database, Transaction } from '@muster/db';

/** One at work, and one that has its connection ready. */
const atOnce = 2;

interface Turns {
  running: number;
  waiting: (() => void)[];
}

const turns = new WeakMap<Context['db'], Turns>();

/**
 * A transaction that claims. Hundreds may come at once; if each held a connection while it waits for the lock, nobody else would get one.
 */
export async function claimInTurn<T>(
  { db }: Pick<Context, 'db'>,
  work: (trx: Transaction<Database>) => Promise<T>,
): Promise<T> {
  const queue = turns.get(db) ?? { running: 0, waiting: [] };
  turns.set(db, queue);
  if (queue.running >= atOnce) await new Promise<void>((resolve) => queue.waiting.push(resolve));
  else queue.running++;
  try {
    return await db.transaction().execute(work);
  } finally {
    // The turn passes on directly, so that nobody who comes now takes it before those who wait.
    const next = queue.waiting.shift();
    if (next) next();
    else queue.running--;
  }
}

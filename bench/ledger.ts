/** Ledger transfers per second, beside pgbench's TPC-B-like script with the same number of clients on the same server. */
import { execFileSync } from 'node:child_process';
import { checkLedger, ensureAccount, transfer } from '@muster/billing';
import { createIds, systemActor, systemClock } from '@muster/common';
import { type Context, sql } from '@muster/db';
import { createTestDatabase } from '@muster/db/testing';
import { seeded } from './random.ts';
import { type Figure, ratioOf, type Section } from './report.ts';

const clients = 8;
const accounts = 1_000;
const runs = 5;
const secondsPerRun = 5;
const seed = 7;

export async function benchLedger(): Promise<Section> {
  const { db, url, drop } = await createTestDatabase({ max: clients });
  try {
    const context: Context = { db, clock: systemClock, ids: createIds(systemClock) };
    const ids = await openAccounts(context);
    // Scale 10 gives pgbench ten branches, so that its clients do not all wait for one row.
    execFileSync('pgbench', ['--initialize', '--quiet', '--scale=10', url], { stdio: 'ignore' });
    const ours: Figure = { name: 'transfers', of: 'Muster', unit: 'per second', runs: [] };
    const peer: Figure = { name: 'TPC-B transactions', of: 'pgbench', unit: 'per second', runs: [] };
    for (let run = 0; run < runs; run++) {
      ours.runs.push(await transfersPerSecond(context, ids, seed + run));
      peer.runs.push(pgbench(url));
    }
    const broken = await checkLedger(db);
    if (broken.length > 0) throw new Error(`The ledger does not hold after the bench: ${JSON.stringify(broken[0])}`);
    return {
      title: 'Ledger',
      how: `${clients} clients, ${secondsPerRun} s a run, in turn. A transfer: one transaction row, two entries, two balances over ${accounts} accounts, all constraints on. TPC-B: three updates, a select, an insert.`,
      seed,
      figures: [ours, peer],
      ratios: [ratioOf('Muster ÷ pgbench', ours, peer)],
    };
  } finally {
    await drop();
  }
}

async function openAccounts(context: Context): Promise<string[]> {
  await sql`insert into organization (id, name, created_at) select 'org_' || n, 'bench', now() from generate_series(1, ${sql.lit(accounts)}) n`.execute(
    context.db,
  );
  return context.db.transaction().execute(async (trx) => {
    const grant = await ensureAccount(trx, context, null, 'grant', 'USD');
    const ids: string[] = [];
    for (let index = 1; index <= accounts; index++)
      ids.push(await ensureAccount(trx, context, `org_${index}`, 'balance', 'USD'));
    await transfer(trx, context, {
      reference: 'bench:credit',
      kind: 'credit',
      description: 'for the bench',
      actorId: systemActor('bench').id,
      currency: 'USD',
      entries: [
        ...ids.map((account) => ({ account, amount: 1_000_000_000n })),
        { account: grant, amount: -1_000_000_000n * BigInt(accounts) },
      ],
    });
    return ids;
  });
}

async function transfersPerSecond(context: Context, ids: string[], runSeed: number): Promise<number> {
  const random = seeded(runSeed);
  const pick = () => ids[Math.floor(random() * ids.length)]!;
  let done = 0;
  const start = performance.now();
  const client = async (number: number) => {
    for (let count = 0; performance.now() - start < secondsPerRun * 1_000; count++) {
      const from = pick();
      let to = pick();
      while (to === from) to = pick();
      await context.db.transaction().execute((trx) =>
        transfer(trx, context, {
          reference: `bench:${runSeed}:${number}:${count}`,
          kind: 'release',
          description: 'for the bench',
          actorId: 'system:bench',
          currency: 'USD',
          entries: [
            { account: from, amount: -1n },
            { account: to, amount: 1n },
          ],
        }),
      );
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return done / ((performance.now() - start) / 1_000);
}

function pgbench(url: string): number {
  const printed = execFileSync(
    'pgbench',
    ['--no-vacuum', `--client=${clients}`, '--jobs=2', `--time=${secondsPerRun}`, url],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const tps = /tps = ([\d.]+) \(without/.exec(printed)?.[1];
  if (!tps) throw new Error(`pgbench did not say its rate: ${printed}`);
  return Number(tps);
}

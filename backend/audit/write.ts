/** Writing the audit log: whole batches, one after the other, each chained to the one before. */
import { type Context, lockInTransaction } from '@muster/db';
import { type AuditEntry, entryHash, genesisHash } from './chain.ts';

/** Postgres takes 65,535 parameters per statement, and an entry needs 12. */
const maxBatch = 1_000;

/** Appends entries in their order, in one transaction. Writers of all processes wait for each other. */
export async function recordAudit({ db }: Pick<Context, 'db'>, entries: AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await db.transaction().execute(async (trx) => {
    await lockInTransaction(trx, 'audit');
    const last = await trx
      .selectFrom('audit_event')
      .select(['seq', 'hash'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    let seq = last?.seq ?? 0n;
    let hash = last?.hash ?? genesisHash;
    const rows = entries.map((entry) => {
      seq += 1n;
      const previous_hash = hash;
      hash = entryHash(previous_hash, seq, entry);
      return {
        seq,
        at: entry.at,
        request_id: entry.requestId,
        actor_id: entry.actorId,
        organization_id: entry.organizationId,
        method: entry.method,
        path: entry.path,
        ip: entry.ip,
        outcome: entry.outcome,
        details: JSON.stringify(entry.details),
        previous_hash,
        hash,
      };
    });
    await trx.insertInto('audit_event').values(rows).execute();
  });
}

/** Group commit: callers that come while a batch is being written share the next one. */
export class AuditWriter {
  #context: Pick<Context, 'db'>;
  #waiting: { entry: AuditEntry; resolve: () => void; reject: (error: unknown) => void }[] = [];
  #writing = false;

  constructor(context: Pick<Context, 'db'>) {
    this.#context = context;
  }

  /** Resolves when the entry is committed; rejects with the database's error when it is not. */
  write(entry: AuditEntry): Promise<void> {
    const written = new Promise<void>((resolve, reject) => this.#waiting.push({ entry, resolve, reject }));
    if (!this.#writing) void this.#drain();
    return written;
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, maxBatch);
      try {
        await recordAudit(
          this.#context,
          batch.map(({ entry }) => entry),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = false;
  }
}

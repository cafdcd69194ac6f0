/** Invariant 7 over the live database: no gap, no overlap, every charge can be derived again. */
import { type Database, type Kysely, sql } from '@muster/db';
import { usageOf } from './usage.ts';
import { costOf } from './window.ts';

/** A row that breaks an invariant, and a sentence that says how. */
export interface Offence {
  id: string;
  sentence: string;
}

/**
 * Usage windows that break invariant 7: they overlap, leave a gap, do not reach from their meter's opening to its reading,
 * are not split exactly, or do not cost what the lease's price says.
 *
 * @param since only leases metered after this; all when absent
 */
export async function checkWindows(db: Kysely<Database>, since = new Date(0)): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    with spans as (
      select lease_id, id, during, lag(upper(during)) over (partition by lease_id order by lower(during)) as previous
      from usage_window join meter using (lease_id) where metered_until >= ${since}
    ), covered as (
      select meter.lease_id, opened_at, metered_until, charged_ms,
        min(lower(during)) as first, max(upper(during)) as last,
        coalesce(sum(extract(epoch from upper(during) - lower(during)) * 1000) filter (where usage_window.free_because is null), 0) as charged
      from meter left join usage_window using (lease_id) where metered_until >= ${since} group by meter.lease_id
    )
    select id, 'overlaps the window before it' as sentence from spans where lower(during) < previous
    union all
    select id, 'leaves a gap after the window before it' from spans where lower(during) > previous
    union all
    select lease_id, 'its windows do not reach from the opening of its meter to its reading' from covered
      where opened_at < metered_until and (first is distinct from opened_at or last is distinct from metered_until)
    union all
    select lease_id, 'its charged time is not the time of its charged windows' from covered where charged_ms <> charged
    union all
    select id, 'its charge is not earning plus fee' from usage_window where charge <> earning + fee
    union all
    select ledger_free.id, 'it is free and yet charged' from usage_window as ledger_free
      where free_because is not null and charge <> 0`.execute(db);
  const clusters = await db
    .selectFrom('meter')
    .select('cluster_id')
    .distinct()
    .where('metered_until', '>=', since)
    .execute();
  const mispriced: Offence[] = [];
  for (const { cluster_id } of clusters) {
    for (const usage of await usageOf(db, cluster_id)) {
      const expected = costOf(usage, usage.chargedMs);
      if (expected.charge !== usage.charge || expected.fee !== usage.fee)
        mispriced.push({
          id: usage.leaseId,
          sentence: `it was charged ${usage.charge} (fee ${usage.fee}), but its time costs ${expected.charge} (fee ${expected.fee})`,
        });
    }
  }
  return [...rows, ...mispriced];
}

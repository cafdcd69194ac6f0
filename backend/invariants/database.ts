/** The invariants that Postgres alone can tell: each query finds the rows that break one. */
import { type Database, sql, type Transaction } from '@muster/db';
import type { Offence } from '@muster/metering';

type Trx = Transaction<Database>;

const finalStates = sql`('terminated', 'expired', 'failed', 'unpaid', 'unfulfilled')`;
const hiringStates = sql`('provisioning', 'running', 'degraded')`;

/** 1. Also where the constraint does not look: a lease and the devices that it holds tell the same. */
export async function devicesLeasedOnce(trx: Trx): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select one.device_id as id, 'it is leased by ' || one.lease_id || ' and ' || other.lease_id || ' at once' as sentence
      from lease_device one join lease_device other
        on other.device_id = one.device_id and other.lease_id > one.lease_id and other.during && one.during
    union all
    select lease.id, 'it is ' || lease.state || ' with ' || lease.devices || ' devices, but holds '
        || count(held.device_id) filter (where upper_inf(held.during))
      from lease left join lease_device held on held.lease_id = lease.id
      group by lease.id
      having count(held.device_id) filter (where upper_inf(held.during))
        <> case when lease.state = 'released' then 0 else lease.devices end
    union all
    select worker.id, 'it is ' || worker.readiness || ', but has ' || count(lease.id) || ' live leases'
      from worker left join lease on lease.worker_id = worker.id and lease.state <> 'released'
      group by worker.id having (worker.readiness = 'hired') <> (count(lease.id) > 0)`.execute(trx);
  return rows;
}

/** 2. A cluster that lacks a worker says so, and waits for a replacement; every other one that hires has exactly its workers. */
export async function allWorkersOrNone(trx: Trx): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select id, 'it is ' || state || ' with ' || workers || ' workers, but holds ' || holds || ' leases' as sentence
    from (
      select cluster.id, cluster.state, cluster.workers, cluster.lacking_since,
        count(lease.id) filter (where lease.state <> 'released' and lease.let_go_at is null) as holds,
        count(lease.id) filter (where lease.state <> 'released') as unreleased
      from cluster left join lease on lease.cluster_id = cluster.id
      group by cluster.id
    ) as counted
    where (state in ${hiringStates} and (holds > workers or (holds < workers and lacking_since is null)))
      or (state not in ${hiringStates} and holds > 0)
      or (state in ${finalStates} and unreleased > 0)`.execute(trx);
  return rows;
}

/** 3. The last event of every cluster, task, worker and pool says its state and version, and no version is missing. */
export async function changesAreTold(trx: Trx): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    with subject as (
      select 'cluster' as kind, id, state, version from cluster
      union all select 'task', id, state, version from task
      union all select 'worker', id, status, version from worker
      union all select 'pool', id, state, version from pool
    ), told as (
      select subject_kind as kind, subject_id as id, min(version) as first, max(version) as last, count(*) as versions
      from event where version is not null group by subject_kind, subject_id
    )
    select subject.id, case
        when told.last is null then 'no event tells of it'
        when told.last <> subject.version then 'its version is ' || subject.version || ', but its last event tells of ' || told.last
        when told.versions <> told.last - told.first + 1 then 'events of some of its versions are missing'
        else 'it is ' || subject.state || ', but its last event says ' || coalesce(event.state, 'nothing')
      end as sentence
    from subject left join told using (kind, id)
      left join event on event.subject_kind = subject.kind and event.subject_id = subject.id and event.version = subject.version
    where told.last is distinct from subject.version or told.versions <> told.last - told.first + 1
      or event.state is distinct from subject.state`.execute(trx);
  return rows;
}

/** 4. A message that is not out after a minute is stuck: something will not hear of what happened. */
export async function messagesMove(trx: Trx, now: Date): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select message_id as id, type || ' for ' || exchange || ' waits in the outbox since ' || created_at as sentence
    from outbox where created_at < ${now}::timestamptz - interval '1 minute' order by seq limit 100`.execute(trx);
  return rows;
}

/** 8. What belongs together belongs to one organization. */
export async function tenantsAreApart(trx: Trx): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select lease.id, 'its customer is not that of its cluster' as sentence
      from lease join cluster on cluster.id = lease.cluster_id where lease.organization_id <> cluster.organization_id
    union all
    select lease.id, 'its supplier is not that of its worker'
      from lease join worker on worker.id = lease.worker_id where lease.supplier_organization_id <> worker.organization_id
    union all
    select task.id, 'its customer is not that of its cluster'
      from task join cluster on cluster.id = task.cluster_id where task.organization_id <> cluster.organization_id
    union all
    select used.id, 'its customer or supplier is not that of its lease'
      from usage_window used join lease on lease.id = used.lease_id
      where (used.organization_id, used.supplier_organization_id) <> (lease.organization_id, lease.supplier_organization_id)
    union all
    select hold.id, 'its customer is not that of its cluster'
      from hold join cluster on cluster.id = hold.cluster_id where hold.organization_id <> cluster.organization_id
    union all
    select invoice.id, 'its customer is not that of its cluster'
      from invoice join cluster on cluster.id = invoice.cluster_id where invoice.organization_id <> cluster.organization_id
    union all
    select event.id, 'it tells another organization of ' || cluster.id
      from event join cluster on event.subject_kind = 'cluster' and event.subject_id = cluster.id
      where event.organization_id is distinct from cluster.organization_id`.execute(trx);
  return rows;
}

/** 9. Ours are over in seconds; those of a person's `psql` or a backup are their own affair. */
export async function shortTransactions(trx: Trx, mostSeconds = 45): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select 'backend ' || pid as id, coalesce(nullif(application_name, ''), 'unnamed') || ' is in a transaction since ' || xact_start as sentence
    from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and application_name <> 'psql' and application_name not like 'pg\\_%'
      and xact_start < clock_timestamp() - ${mostSeconds} * interval '1 second'`.execute(trx);
  return rows;
}

/** 11. From the worker to the entry in the ledger, simulated and real never meet. */
export async function nothingSimulatedIsReal(trx: Trx): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select lease.id, 'it pays ' || lease.currency || ' for a ' || worker.origin || ' worker' as sentence
      from lease join worker on worker.id = lease.worker_id where worker.simulated <> (lease.currency = 'SIM')
    union all
    select lease.id, 'it holds a ' || worker.origin || ' worker for a cluster that is ' || case when cluster.simulated then '' else 'not ' end || 'simulated'
      from lease join worker on worker.id = lease.worker_id join cluster on cluster.id = lease.cluster_id
      where worker.simulated <> cluster.simulated
    union all
    select used.id, 'it is counted in ' || used.currency || ' for a ' || worker.origin || ' worker'
      from usage_window used join worker on worker.id = used.worker_id where worker.simulated <> (used.currency = 'SIM')
    union all
    select transaction.id, 'it moves ' || entry.currency || ' for a cluster that is ' || case when cluster.simulated then '' else 'not ' end || 'simulated'
      from ledger_transaction transaction join ledger_entry entry on entry.transaction_id = transaction.id
        join cluster on cluster.id = transaction.cluster_id
      where cluster.simulated <> (entry.currency = 'SIM')
    union all
    select invoice.id, 'it bills ' || invoice.currency || ' for a cluster that is ' || case when cluster.simulated then '' else 'not ' end || 'simulated'
      from invoice join cluster on cluster.id = invoice.cluster_id where cluster.simulated <> (invoice.currency = 'SIM')
    union all
    select id, 'simulated currency is paid out or deposited' from ledger_account
      where currency = 'SIM' and kind in ('payout', 'deposit')`.execute(trx);
  return rows;
}

/** 12. Every process's clock is the server's, within what time synchronization allows, and nothing happened in the future. */
export async function serverTime(trx: Trx, now: Date): Promise<Offence[]> {
  const { rows } = await sql<Offence>`
    select 'this process' as id, 'its clock differs from that of Postgres by '
        || round(abs(extract(epoch from ${now}::timestamptz - now()))::numeric, 1) || ' s' as sentence
      where abs(extract(epoch from ${now}::timestamptz - now())) > 5
    union all
    select id, 'it happened in the future: ' || at from event where at > now() + interval '5 seconds'`.execute(trx);
  return rows;
}

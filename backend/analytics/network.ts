/** The public numbers: what the network has and has done. Each is a query over rows, events or windows; nothing is counted by hand. */
import { type ReadinessStep, readinessSteps } from '@muster/common';
import { type Context, sql } from '@muster/db';

export interface NetworkNumbers {
  at: Date;
  /** False: nothing simulated is in any of these numbers. True: nothing else is. */
  simulated: boolean;
  /** Cluster-ready devices: those that a cluster has, and those that one could have now. */
  devices: { modelId: string; country: string; hired: number; idle: number }[];
  /** Workers by the step that they have reached. The steps are never added together. */
  workersByReadiness: { readiness: ReadinessStep; workers: number }[];
  clustersCreated: number;
  tasksRun: number;
  /** What customers were charged so far, in micro-units: USD, or SIM for what is simulated. */
  revenueMicroUsd: bigint;
  /** The last 30 days in UTC, oldest first. */
  days: NetworkDay[];
}

export interface NetworkDay {
  /** Such as `2026-01-31`. */
  day: string;
  /** A usage window over midnight counts in each day for its part of it. */
  deviceHours: number;
  clustersCreated: number;
  /** Those that started. */
  tasksRun: number;
  /** A charge is never split: a usage window counts on the day on which it begins, as in every series of revenue. */
  revenueMicroUsd: bigint;
}

/** @param simulated whether to answer for the simulated supply instead of the real one (invariant 11) */
export async function networkNumbers({ db, clock }: Context, simulated = false): Promise<NetworkNumbers> {
  const at = clock.now();
  const currency = simulated ? 'SIM' : 'USD';
  const [devices, steps, clusters, tasks, revenue, days] = await Promise.all([
    sql<{ modelId: string; country: string; hired: number; idle: number }>`
      select model_id as "modelId", country,
        coalesce(sum(device_count) filter (where readiness = 'hired'), 0)::int as hired,
        coalesce(sum(device_count) filter (where readiness = 'cluster-ready' and status = 'idle'), 0)::int as idle
      from worker where model_id is not null and simulated = ${simulated} and readiness in ('cluster-ready', 'hired') and status in ('idle', 'running')
      group by model_id, country order by model_id, country`.execute(db),
    sql<{ readiness: ReadinessStep; count: number }>`
      select readiness, count(*)::int as count from worker
      where simulated = ${simulated} and status <> 'inactive' group by readiness`.execute(db),
    sql<{ count: number }>`
      select count(*)::int as count from cluster where simulated = ${simulated}`.execute(db),
    sql<{ count: number }>`
      select count(*)::int as count from task join cluster on cluster.id = task.cluster_id
      where task.started_at is not null and cluster.simulated = ${simulated}`.execute(db),
    sql<{ charge: bigint }>`
      select coalesce(sum(charge), 0)::bigint as charge from usage_window where currency = ${currency}`.execute(db),
    lastDays(db, at, simulated),
  ]);
  return {
    at,
    simulated,
    devices: devices.rows,
    workersByReadiness: readinessSteps.map((readiness) => ({
      readiness,
      workers: steps.rows.find((row) => row.readiness === readiness)?.count ?? 0,
    })),
    clustersCreated: clusters.rows[0]!.count,
    tasksRun: tasks.rows[0]!.count,
    revenueMicroUsd: revenue.rows[0]!.charge,
    days,
  };
}

async function lastDays(db: Context['db'], at: Date, simulated: boolean): Promise<NetworkDay[]> {
  const currency = simulated ? 'SIM' : 'USD';
  const { rows } = await sql<NetworkDay>`
    with today as (select date_trunc('day', ${at}::timestamptz at time zone 'UTC') as midnight),
    days as (
      select day, tstzrange(day at time zone 'UTC', (day + interval '1 day') at time zone 'UTC') as span
      from today, generate_series(midnight - interval '29 days', midnight, interval '1 day') as day
    ),
    began as (select min(lower(span)) as at from days),
    created as (
      select date_trunc('day', created_at at time zone 'UTC') as day, count(*)::int as count
      from cluster, began where simulated = ${simulated} and created_at >= began.at group by 1
    ),
    started as (
      select date_trunc('day', task.started_at at time zone 'UTC') as day, count(*)::int as count
      from began, task join cluster on cluster.id = task.cluster_id
      where cluster.simulated = ${simulated} and task.started_at >= began.at group by 1
    ),
    charged as (
      select date_trunc('day', lower(during) at time zone 'UTC') as day, sum(charge)::bigint as charge
      from usage_window, began where currency = ${currency} and lower(during) >= began.at group by 1
    ),
    computed as (
      select day, sum(devices * extract(epoch from upper(during * span) - lower(during * span))) / 3600 as hours
      from days join usage_window on during && span where currency = ${currency} group by 1
    )
    select to_char(day, 'YYYY-MM-DD') as day, coalesce(computed.hours, 0)::float8 as "deviceHours",
      coalesce(created.count, 0) as "clustersCreated", coalesce(started.count, 0) as "tasksRun",
      coalesce(charged.charge, 0)::bigint as "revenueMicroUsd"
    from days left join computed using (day) left join created using (day) left join started using (day)
      left join charged using (day)
    order by day`.execute(db);
  return rows;
}

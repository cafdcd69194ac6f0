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
  /** The last 30 days, by UTC day, oldest first. */
  deviceHoursPerDay: { day: string; deviceHours: number }[];
  /** What customers were charged so far, in micro-units: USD, or SIM for what is simulated. */
  revenueMicroUsd: bigint;
}

/** @param simulated whether to answer for the simulated supply instead of the real one (invariant 11) */
export async function networkNumbers({ db, clock }: Context, simulated = false): Promise<NetworkNumbers> {
  const at = clock.now();
  const currency = simulated ? 'SIM' : 'USD';
  const [devices, steps, clusters, tasks, deviceHours, revenue] = await Promise.all([
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
    // A window that spans midnight counts in each day for its part of it.
    sql<{ day: string; hours: number }>`
      select to_char(day, 'YYYY-MM-DD') as day,
        coalesce(sum(devices * extract(epoch from upper(part) - lower(part))) / 3600, 0)::float8 as hours
      from generate_series(date_trunc('day', ${at}::timestamptz at time zone 'UTC') - interval '29 days',
        date_trunc('day', ${at}::timestamptz at time zone 'UTC'), interval '1 day') as day
      left join lateral (
        select devices, during * tstzrange(day at time zone 'UTC', (day + interval '1 day') at time zone 'UTC') as part
        from usage_window
        where currency = ${currency} and during && tstzrange(day at time zone 'UTC', (day + interval '1 day') at time zone 'UTC')
      ) as used on true
      group by day order by day`.execute(db),
    sql<{ charge: bigint }>`
      select coalesce(sum(charge), 0)::bigint as charge from usage_window where currency = ${currency}`.execute(db),
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
    deviceHoursPerDay: deviceHours.rows.map(({ day, hours }) => ({ day, deviceHours: hours })),
    revenueMicroUsd: revenue.rows[0]!.charge,
  };
}

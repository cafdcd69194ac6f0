/** Series for operators: supply, demand, unmet demand, utilisation and revenue by model and country over buckets of time. */
import { DomainError, dayMs, hourMs } from '@muster/common';
import { type Context, sql } from '@muster/db';

export interface SeriesQuery {
  /** A day of hours or a month of days before `to` when absent. */
  from?: Date | undefined;
  /** Now when absent. */
  to?: Date | undefined;
  bucket: 'hour' | 'day';
  modelId?: string | undefined;
  country?: string | undefined;
  /** Whether to answer for the simulated supply instead of the real one (invariant 11). */
  simulated?: boolean | undefined;
}

interface Point {
  /** The beginning of the bucket. */
  at: Date;
  modelId: string;
  country: string;
}

export interface SupplyPoint extends Point {
  /** Devices that were ready for clusters, hired ones among them: the mean over the bucket. */
  readyDevices: number;
  hiredDevices: number;
}

export interface UtilisationPoint extends Point {
  hiredDeviceHours: number;
  readyDeviceHours: number;
  /** The share of ready devices that was hired, 0 to 1. */
  utilisation: number;
}

export interface DemandPoint extends Point {
  /** Clusters that hired workers of this model here. */
  clusters: number;
  devices: number;
}

export interface UnmetDemandPoint {
  at: Date;
  /** The first model and country that the request named. */
  modelId: string;
  /** Null is anywhere. */
  country: string | null;
  requests: number;
  workers: number;
  devices: number;
}

export interface RevenuePoint extends Point {
  currency: 'USD' | 'SIM';
  chargeMicroUsd: bigint;
  feeMicroUsd: bigint;
  earningMicroUsd: bigint;
}

/**
 * Supply over time, from the workers' events: each event says where its worker stood until the next one.
 *
 * @throws DomainError `invalid_request` for an empty range or one of more than 1,000 buckets
 */
export async function supply({ db, clock }: Context, query: SeriesQuery): Promise<SupplyPoint[]> {
  const { from, to, step } = range(query, clock.now());
  const { rows } = await sql<SupplyPoint>`
    with stood as (
      select at as since, lead(at, 1, ${to}::timestamptz) over (partition by subject_id order by seq) as until,
        state, body->>'readiness' as readiness, body->>'modelId' as model_id, body->>'country' as country,
        (body->>'deviceCount')::int as devices
      from event
      where subject_kind = 'worker' and version is not null and at < ${to}
        and (body->>'simulated')::boolean = ${query.simulated ?? false}
    ), counted as (
      select bucket, model_id, country, readiness, devices
          * extract(epoch from least(until, bucket + ${step}::interval, ${to}::timestamptz) - greatest(since, bucket)) as device_seconds
      from stood join generate_series(${from}::timestamptz, ${to}::timestamptz - interval '1 microsecond', ${step}::interval) as bucket
        on since < bucket + ${step}::interval and until > bucket
      where state in ('idle', 'running') and readiness in ('cluster-ready', 'hired') and model_id is not null
        and ${only(query)}
    )
    select bucket as at, model_id as "modelId", country,
      (sum(device_seconds) / max(extract(epoch from least(bucket + ${step}::interval, ${to}::timestamptz) - bucket)))::float8 as "readyDevices",
      (coalesce(sum(device_seconds) filter (where readiness = 'hired'), 0)
        / max(extract(epoch from least(bucket + ${step}::interval, ${to}::timestamptz) - bucket)))::float8 as "hiredDevices"
    from counted group by bucket, model_id, country order by bucket, model_id, country`.execute(db);
  return rows;
}

/** How much of the ready supply was hired. @throws DomainError `invalid_request` as `supply` */
export async function utilisation(context: Context, query: SeriesQuery): Promise<UtilisationPoint[]> {
  const { to, stepMs } = range(query, context.clock.now());
  const points = await supply(context, query);
  return points.map(({ at, modelId, country, readyDevices, hiredDevices }) => {
    const hours = Math.min(stepMs, to.getTime() - at.getTime()) / hourMs;
    return {
      at,
      modelId,
      country,
      hiredDeviceHours: hiredDevices * hours,
      readyDeviceHours: readyDevices * hours,
      utilisation: readyDevices === 0 ? 0 : hiredDevices / readyDevices,
    };
  });
}

/** Demand that was met: what leases were made for, by the worker that was given. @throws DomainError `invalid_request` as `supply` */
export async function demand({ db, clock }: Context, query: SeriesQuery): Promise<DemandPoint[]> {
  const { from, to, step } = range(query, clock.now());
  const { rows } = await sql<DemandPoint>`
    select bucket as at, model_id as "modelId", country, count(distinct cluster_id)::int as clusters,
      sum(devices)::int as devices
    from (
      select date_bin(${step}::interval, held_at, ${from}::timestamptz) as bucket, worker.model_id, worker.country,
        cluster_id, devices
      from lease join worker on worker.id = lease.worker_id
      where held_at >= ${from} and held_at < ${to} and worker.simulated = ${query.simulated ?? false}
    ) as given
    where model_id is not null and ${only(query)}
    group by bucket, model_id, country order by bucket, model_id, country`.execute(db);
  return rows;
}

/** Requests that found no supply. @throws DomainError `invalid_request` as `supply` */
export async function unmetDemand({ db, clock }: Context, query: SeriesQuery): Promise<UnmetDemandPoint[]> {
  const { from, to, step } = range(query, clock.now());
  const { rows } = await sql<UnmetDemandPoint>`
    select bucket as at, model_id as "modelId", country, count(*)::int as requests, sum(workers)::int as workers,
      sum(devices)::int as devices
    from (
      select date_bin(${step}::interval, at, ${from}::timestamptz) as bucket, model_ids[1] as model_id,
        countries[1] as country, workers, devices
      from unmet_demand where at >= ${from} and at < ${to} and simulated = ${query.simulated ?? false}
    ) as refused
    where model_id is not null and ${only(query)}
    group by bucket, model_id, country order by bucket, model_id, country nulls first`.execute(db);
  return rows;
}

/**
 * Revenue from the usage windows, each counted where it began; a window is at most five minutes.
 *
 * @throws DomainError `invalid_request` as `supply`
 */
export async function revenue({ db, clock }: Context, query: SeriesQuery): Promise<RevenuePoint[]> {
  const { from, to, step } = range(query, clock.now());
  const { rows } = await sql<RevenuePoint>`
    select bucket as at, model_id as "modelId", country, currency, sum(charge)::bigint as "chargeMicroUsd",
      sum(fee)::bigint as "feeMicroUsd", sum(earning)::bigint as "earningMicroUsd"
    from (
      select date_bin(${step}::interval, lower(during), ${from}::timestamptz) as bucket, worker.model_id, worker.country,
        currency, charge, fee, earning
      from usage_window join worker on worker.id = usage_window.worker_id
      where lower(during) >= ${from} and lower(during) < ${to} and currency = ${query.simulated ? 'SIM' : 'USD'}
    ) as charged
    where model_id is not null and ${only(query)}
    group by bucket, model_id, country, currency order by bucket, model_id, country`.execute(db);
  return rows;
}

function only({ modelId, country }: SeriesQuery) {
  return sql`(${modelId ?? null}::text is null or model_id = ${modelId ?? null})
    and (${country ?? null}::text is null or country = ${country ?? null})`;
}

interface Range {
  from: Date;
  to: Date;
  step: string;
  stepMs: number;
}

/** Whole buckets in UTC from the one that holds `from`; the last one ends with `to`, and never in the future. */
function range(query: SeriesQuery, now: Date): Range {
  const hourly = query.bucket === 'hour';
  const stepMs = hourly ? hourMs : dayMs;
  const last = Math.min((query.to ?? now).getTime(), now.getTime());
  const from = query.from?.getTime() ?? last - (hourly ? dayMs : 30 * dayMs);
  const first = Math.floor(from / stepMs) * stepMs;
  if (last <= first) throw new DomainError('invalid_request', 'The range is empty or lies in the future.');
  if ((last - first) / stepMs > 1_000) {
    throw new DomainError('invalid_request', 'The range has more than 1,000 buckets.', {
      fix: 'Ask for a shorter range, or for days instead of hours.',
    });
  }
  return { from: new Date(first), to: new Date(last), step: hourly ? '1 hour' : '1 day', stepMs };
}

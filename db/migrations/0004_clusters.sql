-- Demand: quotes, clusters, leases, tasks.

create table quote (
  id text primary key,
  organization_id text not null references organization,
  request jsonb not null,
  price_micro_usd_per_hour bigint not null,
  workers jsonb not null,
  simulated boolean not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_by text
);

-- Every request that found no supply, for the operators' picture of unmet demand.
create table unmet_demand (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  organization_id text not null,
  model_ids text[] not null,
  countries text[] not null,
  workers integer not null,
  devices integer not null,
  reasons jsonb not null
);
create index unmet_demand_at on unmet_demand (at);

create table cluster (
  id text primary key,
  organization_id text not null references organization,
  pool_id text references pool,
  name text not null check (length(name) between 1 and 63),
  kind text not null check (kind in ('container', 'job')),
  state text not null,
  -- Goes up by one with every change; a writer names the version that it read.
  version integer not null default 1,
  -- When the state was reached, and when the pool last brought it nearer to what was asked
  state_at timestamptz not null,
  progress_at timestamptz not null,
  -- When a pool was last told to look, and until when what it has seen is known: an older report changes nothing.
  nudged_at timestamptz not null,
  observed_at timestamptz,
  -- Since when it has fewer workers than it should
  lacking_since timestamptz,
  request jsonb not null,
  simulated boolean not null,
  workers integer not null check (workers > 0),
  devices_per_worker integer not null check (devices_per_worker > 0),
  -- Of the whole cluster while all its leases are active
  price_micro_usd_per_hour bigint not null check (price_micro_usd_per_hour >= 0),
  min_workers integer,
  max_workers integer,
  idle_shutdown_seconds integer,
  created_at timestamptz not null,
  running_since timestamptz,
  -- When the time that it was asked for ends; null is until stopped
  ends_at timestamptz,
  -- Set when the balance is gone: it is stopped then.
  grace_until timestamptz,
  -- Devices used since: for idle shutdown
  last_active_at timestamptz,
  -- Set when it begins to end: the state in which it will, and why
  final_state text check (final_state in ('terminated', 'expired', 'failed')),
  ended_because text,
  ended_at timestamptz
);
create index cluster_organization on cluster (organization_id, id);
create index cluster_live on cluster (state) where ended_at is null;

create table lease (
  id text primary key,
  cluster_id text not null references cluster,
  worker_id text not null references worker,
  organization_id text not null references organization,
  supplier_organization_id text not null references organization,
  rank integer not null check (rank >= 0),
  devices integer not null check (devices > 0),
  price_micro_usd_per_device_hour bigint not null check (price_micro_usd_per_device_hour >= 0),
  fee_basis_points integer not null check (fee_basis_points between 0 and 10000),
  currency text not null check (currency in ('USD', 'SIM')),
  state text not null check (state in ('held', 'active', 'released')),
  outcome text check (outcome in ('completed', 'preempted', 'failed', 'evicted')),
  held_at timestamptz not null,
  -- The pool says that the worker is ready for the customer; else what it waits for
  ready boolean not null default false,
  waiting_for text,
  active_at timestamptz,
  -- When its end was decided, at which version of the cluster: it is paid until then, and released when the pool let go
  let_go_at timestamptz,
  let_go_version integer,
  released_at timestamptz,
  check ((state = 'released') = (released_at is not null)),
  check (state <> 'released' or let_go_at is not null),
  check ((let_go_at is null) = (let_go_version is null)),
  check ((let_go_at is null) = (outcome is null)),
  check (state <> 'active' or active_at is not null)
);
create index lease_cluster on lease (cluster_id);
create index lease_worker on lease (worker_id, held_at);
create index lease_supplier on lease (supplier_organization_id, held_at);
create unique index lease_rank on lease (cluster_id, rank) where let_go_at is null;
-- A worker serves one cluster at a time: tenants never share a machine.
create unique index lease_worker_live on lease (worker_id) where state <> 'released';
create index lease_live on lease (cluster_id) where state <> 'released';

-- Invariant 1: a device is in at most one live lease. The range is open at its end until the lease is released.
create table lease_device (
  lease_id text not null references lease,
  device_id text not null references device,
  -- Empty when a lease was released at the instant at which it was held.
  during tstzrange not null,
  primary key (lease_id, device_id),
  constraint device_leased_once exclude using gist (device_id with =, during with &&)
);
create index lease_device_live on lease_device (device_id) where upper_inf(during);

create table task (
  id text primary key,
  cluster_id text not null references cluster,
  organization_id text not null references organization,
  name text not null,
  image text not null,
  command text[] not null,
  arguments text[] not null,
  environment jsonb not null,
  ranks integer not null check (ranks > 0),
  state text not null check (state in ('queued', 'starting', 'running', 'succeeded', 'failed', 'cancelled')),
  version integer not null default 1,
  -- How often it was started; a platform fault starts it again, a user's fault does not.
  attempt integer not null default 0,
  max_attempts integer not null default 3,
  -- The ranks of the cluster on which it runs, in order: rank 0 of the task first
  cluster_ranks integer[],
  -- The leases that stood for those ranks when it was started: another lease on a rank means that its worker was lost
  lease_ids text[],
  exit_code integer,
  fault text check (fault in ('user', 'platform')),
  reason text,
  timeout_seconds integer,
  created_at timestamptz not null,
  -- When the present attempt was begun, and when all its ranks ran
  attempt_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz
);
create index task_cluster on task (cluster_id, id);
create index task_live on task (state) where ended_at is null;

create table task_log (
  task_id text not null references task,
  attempt integer not null,
  rank integer not null,
  text text not null,
  truncated boolean not null,
  archived_at timestamptz not null,
  primary key (task_id, attempt, rank)
);

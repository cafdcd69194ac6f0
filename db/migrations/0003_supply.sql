-- The catalogue, pools, workers and their devices, attestations, prices.

create table hardware_model (
  -- A slug such as `nvidia-h100-80gb-sxm`
  id text primary key,
  name text not null unique,
  vendor text not null,
  kind text not null check (kind in ('gpu', 'cpu')),
  memory_mb integer not null check (memory_mb > 0),
  architecture text not null,
  interconnect text,
  -- The value of the node label that names it: `nvidia.com/gpu.product` and the like
  node_label text,
  -- The extended resource that one device takes: `nvidia.com/gpu`, `amd.com/gpu`, `muster.io/device`
  resource_name text not null,
  created_at timestamptz not null
);
create index hardware_model_label on hardware_model (node_label);

create table base_price (
  model_id text not null references hardware_model,
  effective_from timestamptz not null,
  price_micro_usd_per_hour bigint not null check (price_micro_usd_per_hour > 0),
  actor_id text not null,
  primary key (model_id, effective_from)
);

create table price_point (
  model_id text not null references hardware_model,
  region text not null,
  at timestamptz not null,
  -- Price of one device-hour in the region: base price × utilisation curve
  price_micro_usd_per_hour bigint not null,
  ready_devices integer not null,
  hired_devices integer not null,
  simulated boolean not null default false,
  primary key (model_id, region, simulated, at)
);
create index price_point_at on price_point (at);

create table pool (
  id text primary key,
  organization_id text not null references organization,
  name text not null unique,
  region text not null,
  country text not null,
  kind text not null check (kind in ('community', 'attached')),
  -- AES-256-GCM, key outside the database
  kubeconfig_encrypted bytea not null,
  state text not null default 'active' check (state in ('active', 'detached')),
  floor_micro_usd_per_hour bigint not null default 0,
  version integer not null default 1,
  created_at timestamptz not null
);

create table worker (
  id text primary key,
  organization_id text not null references organization,
  pool_id text not null references pool,
  name text not null,
  node_name text not null,
  origin text not null check (origin in ('community', 'attached', 'simulated')),
  simulated boolean generated always as (origin = 'simulated') stored,
  status text not null check (status in ('running', 'idle', 'paused', 'draining', 'down', 'blocked', 'unsupported', 'inactive')),
  readiness text not null check (readiness in ('registered', 'verified', 'cluster-ready', 'hired')),
  -- What its owner or the operator asked for; the status follows from it.
  paused boolean not null default false,
  draining boolean not null default false,
  blocked boolean not null default false,
  connected boolean not null default false,
  model_id text references hardware_model,
  device_count integer not null default 0,
  country text not null,
  region text not null,
  site text,
  network_domain text,
  service_tier text not null default 'economy' check (service_tier in ('trusted', 'priority', 'economy')),
  down_mbps integer,
  up_mbps integer,
  connectivity_tier text check (connectivity_tier in ('ultra', 'high', 'medium', 'low')),
  facts jsonb not null default '{}',
  floor_micro_usd_per_hour bigint not null default 0,
  certificate_serial text unique,
  version integer not null default 1,
  last_seen_at timestamptz,
  created_at timestamptz not null,
  unique (pool_id, node_name)
);
create index worker_organization on worker (organization_id, id);
create index worker_choice on worker (model_id, country, connectivity_tier) where readiness = 'cluster-ready' and status = 'idle';

create table device (
  id text primary key,
  worker_id text not null references worker,
  index integer not null,
  model_id text not null references hardware_model,
  uuid text,
  unique (worker_id, index)
);

create table enrolment_token (
  id text primary key,
  organization_id text not null references organization,
  pool_id text not null references pool,
  hash text not null unique,
  name text,
  country text not null,
  floor_micro_usd_per_hour bigint not null default 0,
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  worker_id text references worker
);

create table attestation (
  id text primary key,
  -- Of one worker, or of every worker of a pool
  worker_id text references worker,
  pool_id text references pool,
  compliance text not null,
  evidence text not null,
  attested_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  check ((worker_id is null) <> (pool_id is null)),
  check (expires_at > created_at)
);
create index attestation_worker on attestation (worker_id);
create index attestation_pool on attestation (pool_id);

-- Tenants, people, credentials, audit, and idempotent requests.

create table organization (
  id text primary key,
  name text not null check (length(name) between 1 and 100),
  -- The operating organization: its members may hold operator scopes.
  operator boolean not null default false,
  -- The most leased devices at once; null is no limit.
  device_quota integer check (device_quota >= 0),
  created_at timestamptz not null
);

create table person (
  id text primary key,
  email text not null check (length(email) <= 254),
  name text not null,
  password_hash text not null,
  created_at timestamptz not null
);
create unique index person_email on person (lower(email));

create table membership (
  organization_id text not null references organization,
  person_id text not null references person,
  role text not null check (role in ('owner', 'admin', 'member', 'billing', 'viewer')),
  created_at timestamptz not null,
  primary key (organization_id, person_id)
);
create index membership_person on membership (person_id);

create table session (
  id text primary key,
  person_id text not null references person,
  organization_id text not null references organization,
  ip text not null,
  user_agent text not null,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index session_person on session (person_id);

create table api_key (
  id text primary key,
  organization_id text not null references organization,
  person_id text not null references person,
  name text not null,
  -- The first characters, so that a person recognizes a key; the key itself is only a hash here.
  prefix text not null,
  hash text not null unique,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_key_organization on api_key (organization_id);

create table audit_event (
  seq bigint primary key,
  at timestamptz not null,
  request_id text not null,
  actor_id text not null,
  organization_id text,
  method text not null,
  path text not null,
  ip text not null,
  outcome text not null,
  details jsonb not null default '{}',
  -- hash = sha256(previous hash ‖ canonical row): a changed or missing row breaks the chain.
  previous_hash text not null,
  hash text not null unique
);
create index audit_event_organization on audit_event (organization_id, seq);
create trigger audit_append_only before update or delete on audit_event for each row execute function refuse_change();
create trigger audit_no_truncate before truncate on audit_event for each statement execute function refuse_change();

create table idempotent_request (
  organization_id text not null,
  key text not null,
  route text not null,
  request_hash text not null,
  -- null while the first request is still at work
  response_status integer,
  response_body jsonb,
  created_at timestamptz not null,
  locked_until timestamptz,
  primary key (organization_id, key)
);
create index idempotent_request_at on idempotent_request (created_at);

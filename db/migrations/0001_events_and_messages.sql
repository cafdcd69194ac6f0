-- What happened, and what must be told: every domain appends here in the transaction that changes its own rows (invariant 3).

create extension if not exists btree_gist;

create table event (
  seq bigint generated always as identity primary key,
  -- The writing transaction: a reader that follows the feed stops at the oldest one still open, so that no late commit is skipped.
  xid xid8 not null default pg_current_xact_id(),
  id text not null unique,
  organization_id text,
  subject_kind text not null,
  subject_id text not null,
  -- `<subject>.<what>`: `cluster.running`, `cluster.repaired`, `organization.balance_low`
  type text not null,
  -- The subject's state after the change, when the event is one of a life cycle
  state text,
  version integer,
  actor_id text not null,
  reason text not null,
  body jsonb not null default '{}',
  at timestamptz not null
);
create index event_subject on event (subject_kind, subject_id, seq);
-- The feed is read in this order: see backend/events.
create index event_feed on event (organization_id, xid, seq);
create index event_feed_all on event (xid, seq);
create index event_at on event (at);
-- A version of a subject is reached once.
create unique index event_version on event (subject_kind, subject_id, version) where version is not null;

create table outbox (
  seq bigint generated always as identity primary key,
  message_id text not null unique,
  exchange text not null,
  routing_key text not null,
  type text not null,
  body jsonb not null,
  headers jsonb not null default '{}',
  created_at timestamptz not null default now(),
  claimed_by text,
  claimed_until timestamptz
);

create table inbox (
  consumer text not null,
  message_id text not null,
  at timestamptz not null default now(),
  primary key (consumer, message_id)
);
create index inbox_at on inbox (at);

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger event_append_only before update or delete on event for each row execute function refuse_change();
create trigger event_no_truncate before truncate on event for each statement execute function refuse_change();

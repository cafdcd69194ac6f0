-- The double-entry ledger, holds, usage windows, invoices.

create table ledger_account (
  id text primary key,
  -- null is the platform's own
  organization_id text references organization,
  kind text not null check (kind in ('balance', 'hold', 'earning', 'fee', 'grant', 'deposit', 'payout')),
  currency text not null check (currency in ('USD', 'SIM', 'PTS')),
  -- Kept by the entries' trigger; never written otherwise.
  balance bigint not null default 0,
  -- Invariant 6: the balance never goes below it; null is no floor, for the platform's counter-accounts.
  floor bigint,
  created_at timestamptz not null,
  constraint balance_above_floor check (floor is null or balance >= floor)
);
create unique index ledger_account_of on ledger_account (coalesce(organization_id, ''), kind, currency);

create table ledger_transaction (
  id text primary key,
  -- What it is for, once: `hold:clu_…`, `window:win_…`, `credit:<key>`
  reference text not null unique,
  kind text not null,
  description text not null,
  actor_id text not null,
  cluster_id text references cluster,
  at timestamptz not null
);
create index ledger_transaction_cluster on ledger_transaction (cluster_id);
create index ledger_transaction_at on ledger_transaction (at);

create table ledger_entry (
  id bigint generated always as identity primary key,
  transaction_id text not null references ledger_transaction,
  account_id text not null references ledger_account,
  -- Positive raises the account's balance.
  amount bigint not null check (amount <> 0),
  currency text not null
);
create index ledger_entry_account on ledger_entry (account_id, id);
create index ledger_entry_transaction on ledger_entry (transaction_id);

create function post_entry() returns trigger language plpgsql as $$
begin
  update ledger_account set balance = balance + new.amount where id = new.account_id and currency = new.currency;
  if not found then
    raise exception 'account % does not hold %', new.account_id, new.currency using errcode = 'foreign_key_violation';
  end if;
  return new;
end $$;
create trigger ledger_entry_post after insert on ledger_entry for each row execute function post_entry();

-- Invariant 5, at commit: a transaction sums to zero in each currency.
create function check_zero_sum() returns trigger language plpgsql as $$
declare
  -- The trigger names the column that holds the transaction's id.
  touched text := to_jsonb(new) ->> tg_argv[0];
begin
  if not exists (select from ledger_entry where transaction_id = touched) then
    raise exception 'ledger transaction % has no entries', touched using errcode = 'check_violation';
  end if;
  if exists (select from ledger_entry where transaction_id = touched group by currency having sum(amount) <> 0) then
    raise exception 'ledger transaction % does not sum to zero', touched using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_zero_sum after insert on ledger_transaction
  deferrable initially deferred for each row execute function check_zero_sum('id');
create constraint trigger ledger_entry_zero_sum after insert on ledger_entry
  deferrable initially deferred for each row execute function check_zero_sum('transaction_id');

create trigger ledger_entry_append_only before update or delete on ledger_entry for each row execute function refuse_change();
create trigger ledger_entry_no_truncate before truncate on ledger_entry for each statement execute function refuse_change();
create trigger ledger_transaction_append_only before update or delete on ledger_transaction for each row execute function refuse_change();

-- The balance is the sum of the entries: only the trigger above may change it.
create function guard_balance() returns trigger language plpgsql as $$
begin
  if new.balance <> old.balance and pg_trigger_depth() < 2 then
    raise exception 'a balance changes only by entries' using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger ledger_account_guard before update on ledger_account for each row execute function guard_balance();

create table hold (
  id text primary key,
  organization_id text not null references organization,
  cluster_id text not null references cluster,
  currency text not null check (currency in ('USD', 'SIM')),
  -- What it should keep: one hour of the cluster. It is refilled from the balance after it had to pay.
  reserve bigint not null check (reserve >= 0),
  -- All that was ever set aside; what is captured or released of it is gone.
  amount bigint not null check (amount >= 0),
  captured bigint not null default 0 check (captured >= 0),
  released bigint not null default 0 check (released >= 0),
  state text not null check (state in ('pending', 'captured', 'released')),
  -- Since when balance and hold together last no longer than the grace: the cluster is stopped when that is over.
  empty_since timestamptz,
  created_at timestamptz not null,
  closed_at timestamptz,
  check (captured + released <= amount),
  check (state = 'pending' or captured + released = amount)
);
create unique index hold_live on hold (cluster_id) where state = 'pending';

-- What runs and is charged: one row per lease, from the moment that its cluster runs. It says where the next window begins.
create table meter (
  lease_id text primary key references lease,
  cluster_id text not null references cluster,
  organization_id text not null references organization,
  supplier_organization_id text not null references organization,
  worker_id text not null references worker,
  devices integer not null check (devices > 0),
  price_micro_usd_per_device_hour bigint not null check (price_micro_usd_per_device_hour >= 0),
  fee_basis_points integer not null check (fee_basis_points between 0 and 10000),
  currency text not null check (currency in ('USD', 'SIM')),
  opened_at timestamptz not null,
  -- The end of its last window
  metered_until timestamptz not null check (metered_until >= opened_at),
  -- Charged time so far: a window costs the price of all time up to its end less that up to its start, so that rounding never adds up.
  charged_ms bigint not null default 0 check (charged_ms >= 0),
  -- Why its time is free just now; null when it is charged
  free_because text,
  closed_at timestamptz,
  check (closed_at is null or closed_at = metered_until)
);
create index meter_open on meter (cluster_id) where closed_at is null;
create index meter_due on meter (metered_until) where closed_at is null;

create table usage_window (
  id text primary key,
  lease_id text not null references meter,
  worker_id text not null references worker,
  cluster_id text not null references cluster,
  organization_id text not null references organization,
  supplier_organization_id text not null references organization,
  during tstzrange not null check (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
  devices integer not null,
  price_micro_usd_per_device_hour bigint not null,
  charge bigint not null check (charge >= 0),
  fee bigint not null check (fee >= 0),
  earning bigint not null check (earning >= 0),
  currency text not null,
  -- Why nothing was charged, when it was not: a platform fault
  free_because text,
  transaction_id text references ledger_transaction,
  constraint window_without_overlap exclude using gist (lease_id with =, during with &&),
  -- Invariant 7, exactly
  constraint charge_is_earning_plus_fee check (charge = earning + fee),
  check (free_because is null or charge = 0),
  check ((charge = 0) = (transaction_id is null))
);
create index usage_window_cluster on usage_window (cluster_id, lower(during));
create index usage_window_supplier on usage_window (supplier_organization_id, lower(during));
create index usage_window_transaction on usage_window (transaction_id);
create unique index usage_window_end on usage_window (lease_id, upper(during));

-- Invariant 7: a window begins where the lease's last one ended.
create function check_window_gap() returns trigger language plpgsql as $$
declare
  last_end timestamptz;
begin
  select max(upper(during)) into last_end from usage_window where lease_id = new.lease_id and id <> new.id and lower(during) <= lower(new.during);
  if last_end is not null and last_end <> lower(new.during) then
    raise exception 'usage window of % leaves a gap from % to %', new.lease_id, last_end, lower(new.during) using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger usage_window_no_gap after insert on usage_window
  deferrable initially deferred for each row execute function check_window_gap();
create trigger usage_window_append_only before update or delete on usage_window for each row execute function refuse_change();

create table invoice (
  id text primary key,
  number text not null unique,
  organization_id text not null references organization,
  cluster_id text not null unique references cluster,
  currency text not null,
  total bigint not null check (total >= 0),
  issued_at timestamptz not null
);
create trigger invoice_append_only before update or delete on invoice for each row execute function refuse_change();
create index invoice_organization on invoice (organization_id, issued_at);
create sequence invoice_number;

-- Warnings sent once per stage while a balance runs out, so that a restart does not repeat them.
create table balance_warning (
  organization_id text not null references organization,
  stage text not null check (stage in ('24h', '6h', '1h', 'empty')),
  at timestamptz not null,
  primary key (organization_id, stage)
);

-- A request for simulated workers is no demand for real ones (invariant 11).
alter table unmet_demand add column simulated boolean not null default false;

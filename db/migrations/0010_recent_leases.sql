-- A claimer that planned a moment ago asks which workers were taken since.
create index lease_held on lease (held_at);

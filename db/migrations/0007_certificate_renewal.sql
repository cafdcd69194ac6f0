-- A renewed certificate replaces the present one when it is first used, so that a lost answer locks no worker out.
alter table worker add column next_certificate_serial text unique;

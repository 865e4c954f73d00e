-- Whoever looks after the accounts: the owner of the first start.
alter table "user" add column is_administrator boolean not null default false;
update "user" set is_administrator = true where email = 'owner@localhost';

-- May not sign in, and no token of theirs counts, until the administrator lets them in again.
alter table people add column blocked_at timestamptz;

create table invitations (
  id text primary key,
  -- Of the token in the link, which is kept nowhere.
  digest bytea not null unique,
  -- The only address that may use it.
  email text,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);

-- Everybody who has signed in, whichever way; ids are those of better-auth or of Clerk.
create table people (
  id text primary key,
  name text not null,
  email text,
  -- Only who has proven an address gets what was shared with it.
  email_verified boolean not null default false,
  first_seen_at timestamptz not null default now(),
  last_seen_at timestamptz not null default now()
);
create index people_by_email on people (lower(email)) where email_verified;
insert into people (id, name, email, email_verified) select id, name, email, email_verified from "user";

create table notebook_members (
  id text primary key,
  notebook_id text not null references notebooks (id) on delete cascade,
  -- Null until somebody with the invited address signs in.
  user_id text,
  email text,
  role text not null check (role in ('viewer', 'runner', 'editor')),
  may_use_connections boolean not null default false,
  created_at timestamptz not null default now(),
  check (user_id is not null or email is not null)
);
create unique index notebook_members_by_user on notebook_members (notebook_id, user_id) where user_id is not null;
create unique index notebook_members_by_email on notebook_members (notebook_id, email) where user_id is null;
create index notebook_members_of_user on notebook_members (user_id) where user_id is not null;
create index notebook_members_invited on notebook_members (email) where user_id is null;

-- A link's secret is made of its id and the server's own secret, so that it need not be kept.
create table share_links (
  id text primary key,
  notebook_id text not null references notebooks (id) on delete cascade,
  role text not null check (role in ('viewer', 'runner', 'editor')),
  may_use_connections boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create index share_links_by_notebook on share_links (notebook_id);

-- Who has come by a link has access for as long as the link has.
create table share_link_users (
  link_id text not null references share_links (id) on delete cascade,
  user_id text not null,
  joined_at timestamptz not null default now(),
  primary key (link_id, user_id)
);
create index share_link_users_of_user on share_link_users (user_id);

create table api_tokens (
  id text primary key,
  user_id text not null references people (id) on delete cascade,
  name text not null,
  scope text not null check (scope in ('read', 'run', 'edit')),
  digest bytea not null unique,
  hint text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz,
  last_used_from text
);
create index api_tokens_by_user on api_tokens (user_id);

-- Sign-ins that ended before their tokens did: `session:…` or `user:…`.
create table ended_sign_ins (
  subject text primary key,
  -- From then on every token of it has expired by itself.
  until timestamptz not null
);

-- Webhooks that were taken, so that none counts twice.
create table webhook_deliveries (
  id text primary key,
  received_at timestamptz not null default now()
);

create table audit_events (
  id bigserial primary key,
  -- Made by the writer, so that a write repeated after a lost answer lands once.
  key uuid not null unique,
  at timestamptz not null default now(),
  action text not null,
  actor_id text,
  actor_name text not null,
  via text not null,
  address text,
  -- Stays when the notebook is gone.
  notebook_id text,
  detail text not null
);
create index audit_events_by_notebook on audit_events (notebook_id, id desc) where notebook_id is not null;
create index audit_events_by_actor on audit_events (actor_id, id desc);

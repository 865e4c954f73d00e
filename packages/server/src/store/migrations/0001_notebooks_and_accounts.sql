create table notebooks (
  id text primary key,
  owner_id text not null,
  title text not null,
  cell_count integer not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index notebooks_by_owner on notebooks (owner_id, updated_at desc) where deleted_at is null;

create table document_updates (
  seq bigserial primary key,
  -- Made by the writer, so that a write repeated after a lost answer lands once.
  id uuid not null unique,
  notebook_id text not null,
  is_snapshot boolean not null default false,
  data bytea not null
);
create index document_updates_by_notebook on document_updates (notebook_id, seq);

-- code, engine and result are JSON kept as text: jsonb and plain text both refuse U+0000, which cells do print.
create table cell_runs (
  notebook_id text not null references notebooks (id) on delete cascade,
  cell text not null,
  kind text not null,
  code text not null,
  engine text not null,
  result text not null,
  started_at timestamptz,
  duration_ms double precision,
  primary key (notebook_id, cell)
);

create table settings (key text primary key, value text not null);

create table "user" (
  id text primary key,
  name text not null,
  email text not null unique,
  email_verified boolean not null default false,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create table session (
  id text primary key,
  expires_at timestamptz not null,
  token text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  ip_address text,
  user_agent text,
  user_id text not null references "user" (id) on delete cascade
);
create index session_by_user on session (user_id);
create table account (
  id text primary key,
  account_id text not null,
  provider_id text not null,
  user_id text not null references "user" (id) on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index account_by_user on account (user_id);
create table verification (
  id text primary key,
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verification_by_identifier on verification (identifier);

-- Users as the sign-in service last told them, also those who were never here.
create table told_users (
  id text primary key,
  -- Banned or deleted there.
  is_out boolean not null,
  -- What it told of an earlier time counts no longer; infinity for whoever was deleted.
  told_at timestamptz not null
);
insert into told_users
  select substring(subject from 6), true, now() from ended_sign_ins where subject like 'user:%' and until > now();
insert into told_users
  select id, true, blocked_at from people where blocked_at is not null and id like 'user\_%' on conflict do nothing;
delete from ended_sign_ins where subject like 'user:%';

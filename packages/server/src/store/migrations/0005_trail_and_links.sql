-- Whom the owner put out: the link lets them in no more.
alter table share_link_users add column removed_at timestamptz;

-- Whose account it was done to, where that is not the actor.
alter table audit_events add column about text;
drop index audit_events_by_actor;
create index audit_events_by_actor on audit_events (actor_id, id desc) where notebook_id is null;
create index audit_events_about on audit_events (about, id desc) where about is not null;
create index audit_events_by_age on audit_events (at);

-- Whether somebody has their first notebooks, and since when somebody makes them: whoever crashed in between made none.
alter table people add column has_first_notebooks boolean not null default false;
alter table people add column first_notebooks_since timestamptz;
update people set has_first_notebooks = true;

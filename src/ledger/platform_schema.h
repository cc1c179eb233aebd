#pragma once

// Migration 3: what the platform adds to the ledger of single scans. docs/platform.md tells what the rows mean.

#include <string_view>

namespace assay::ledger {

inline constexpr std::string_view kPlatform = R"(
create table organisations (
  org_id @text not null primary key,
  name @text not null unique,
  created_ms @integer not null
)@strict;
alter table apps add column org_id @text references organisations (org_id);
alter table apps add column state @text not null default 'active';
alter table apps add column release @text not null default '';
alter table apps add column last_scan_id @text;
alter table apps add column last_scan_ms @integer not null default 0;
alter table apps add column open_critical @integer not null default 0;
alter table apps add column open_high @integer not null default 0;
alter table apps add column open_medium @integer not null default 0;
alter table apps add column open_low @integer not null default 0;
alter table apps add column inconclusive @integer not null default 0;
alter table apps add column version @integer not null default 1;
create index apps_by_org on apps (org_id, app_key);
create index apps_by_name on apps (substr(name, 1, 200), app_key);
create index apps_by_open on apps ((open_critical * 1000000000 + open_high * 1000000 + open_medium * 1000 + open_low),
  app_key);
create index apps_by_last_scan on apps (last_scan_ms, app_key);
create index apps_by_state on apps (state, app_key, last_scan_ms, open_critical, open_high, open_medium, open_low,
  inconclusive);
create table app_words (
  word @text not null,
  app_key @text not null references apps (app_key) on delete cascade,
  primary key (word, app_key)
)@strict;
create index app_words_by_app on app_words (app_key);
create table contacts (
  app_key @text not null references apps (app_key) on delete cascade,
  email @text not null,
  name @text not null,
  primary key (app_key, email)
)@strict;
create table releases (
  app_key @text not null references apps (app_key) on delete cascade,
  release @text not null,
  first_seen_ms @integer not null,
  last_seen_ms @integer not null,
  primary key (app_key, release)
)@strict;
create table latest_looks (
  app_key @text not null references apps (app_key) on delete cascade,
  requirement @text not null,
  scan_id @text not null,
  looked_ms @integer not null,
  pass @integer not null,
  fail @integer not null,
  inconclusive @integer not null,
  not_applicable @integer not null,
  primary key (app_key, requirement)
)@strict;
create index scans_by_start on scans (started_ms, scan_id);
create index evidence_by_time on evidence (time_ms) where body is not null;
create table scan_requests (
  scan_id @text not null primary key references scans (scan_id) on delete cascade,
  entries @integer not null,
  body @bytes not null
)@strict;

alter table findings add column org_id @text;
alter table findings add column kind @text not null default '';
alter table findings add column state @text not null default 'open';
alter table findings add column severity_rank @integer not null default 0;
alter table findings add column opened_ms @integer;
alter table findings add column look_ms @integer not null default 0;
alter table findings add column fails_in_row @integer not null default 1;
alter table findings add column passes_in_row @integer not null default 0;
alter table findings add column disposition @text not null default '';
alter table findings rename column fixed_ms to closed_ms;
update findings set opened_ms = first_seen_ms, look_ms = coalesce(closed_ms, last_seen_ms),
  kind = (select a.kind from apps a where a.app_key = findings.app_key),
  state = case when is_open = 1 then 'open' when gone = 1 then 'gone' else 'fixed' end,
  severity_rank = case severity when 'critical' then 4 when 'high' then 3 when 'medium' then 2 when 'low' then 1 else 0 end;
alter table findings drop column is_open;
alter table findings drop column gone;
create index findings_by_severity on findings (severity_rank, app_key, fingerprint);
create index findings_by_state on findings (state, severity_rank, app_key, fingerprint);
create index findings_by_requirement on findings (requirement, severity_rank, app_key, fingerprint);
create index findings_by_org on findings (org_id, severity_rank, app_key, fingerprint);
create index findings_by_first_seen on findings (first_seen_ms, app_key, fingerprint);
create index findings_by_subject on findings (subject, app_key);
create index findings_by_last_seen on findings (last_seen_ms, app_key, fingerprint);
create index findings_by_opened on findings (coalesce(opened_ms, 0), app_key, fingerprint);
create index findings_by_closed on findings (closed_ms, state) where closed_ms is not null;
create index findings_open on findings (requirement, severity_rank, org_id) where state = 'open' and disposition = '';

create table dispositions (
  disposition_id @identity,
  app_key @text not null,
  fingerprint @text not null,
  kind @text not null,
  reason @text not null,
  until_ms @integer,
  duplicate_of @text,
  state @text not null,
  requested_by @text not null,
  requested_ms @integer not null,
  decided_by @text,
  decided_ms @integer,
  decision_note @text,
  foreign key (app_key, fingerprint) references findings (app_key, fingerprint) on delete cascade
)@strict;
create unique index dispositions_live on dispositions (app_key, fingerprint) where state in ('requested', 'approved');

create table policies (
  version @integer not null primary key,
  effective_from @text not null,
  body @text not null,
  stored_ms @integer not null
)@strict;
create table tickets (
  ticket_id @identity,
  app_key @text not null references apps (app_key) on delete cascade,
  fingerprint @text not null,
  org_id @text,
  kind @text not null,
  requirement @text not null,
  subject @text not null,
  title @text not null,
  severity @text not null,
  severity_rank @integer not null,
  state @text not null,
  live @integer not null,
  opened_ms @integer not null,
  due_ms @integer not null,
  policy_version @integer not null,
  state_since_ms @integer not null,
  closed_ms @integer,
  assignee @text not null default '',
  follows @integer,
  reopened @integer not null default 0,
  escalated @integer not null default 0,
  version @integer not null default 1
)@strict;
create unique index tickets_live on tickets (app_key, fingerprint) where live = 1;
create index tickets_by_finding on tickets (app_key, fingerprint);
create index tickets_by_due on tickets (live, due_ms, ticket_id, state, app_key);
create index tickets_by_org on tickets (org_id, live, due_ms, ticket_id);
create index tickets_by_state on tickets (state, due_ms, ticket_id);
create index tickets_running on tickets (state, due_ms, org_id) where live = 1;
create table ticket_events (
  ticket_id @integer not null references tickets (ticket_id) on delete cascade,
  ordinal @integer not null,
  at_ms @integer not null,
  actor @text not null,
  kind @text not null,
  body @text not null,
  primary key (ticket_id, ordinal)
)@strict;
create table extensions (
  extension_id @identity,
  ticket_id @integer not null references tickets (ticket_id) on delete cascade,
  plan @text not null,
  due_ms @integer not null,
  state @text not null,
  requested_by @text not null,
  requested_ms @integer not null,
  decided_by @text,
  decided_ms @integer,
  decision_note @text
)@strict;
create unique index extensions_live on extensions (ticket_id) where state = 'requested';
create table watchers (
  ticket_id @integer not null references tickets (ticket_id) on delete cascade,
  email @text not null,
  primary key (ticket_id, email)
)@strict;

create table sinks (
  sink_id @text not null primary key,
  kind @text not null,
  name @text not null,
  enabled @integer not null,
  filter @text not null,
  settings @text not null,
  secret @bytes,
  secret_key_id @text,
  created_ms @integer not null,
  version @integer not null default 1
)@strict;
create table ticket_links (
  ticket_id @integer not null references tickets (ticket_id) on delete cascade,
  sink_id @text not null references sinks (sink_id) on delete cascade,
  external_id @text not null,
  url @text not null,
  primary key (ticket_id, sink_id)
)@strict;
create unique index ticket_links_by_external on ticket_links (sink_id, external_id);
create table outbox (
  notice_id @text not null primary key,
  sink_id @text not null references sinks (sink_id) on delete cascade,
  ticket_id @integer,
  kind @text not null,
  recipient @text not null default '',
  body @text not null,
  state @text not null,
  attempts @integer not null,
  created_ms @integer not null,
  next_ms @integer not null,
  lease_ms @integer not null default 0,
  done_ms @integer,
  last_error @text not null default ''
)@strict;
create index outbox_ready on outbox (state, next_ms);
create index outbox_by_ticket on outbox (sink_id, ticket_id, state);

create table jobs (
  job_id @text not null primary key,
  app_key @text not null references apps (app_key) on delete cascade,
  host @text not null,
  scan_group @text not null,
  origin @text not null,
  priority @integer not null,
  only_requirements @text not null default '[]',
  requested_by @text not null,
  state @text not null,
  created_ms @integer not null,
  ready_ms @integer not null,
  started_ms @integer,
  finished_ms @integer,
  attempt @integer not null default 0,
  worker @text not null default '',
  lease_ms @integer not null default 0,
  scan_id @text,
  error @text not null default ''
)@strict;
create unique index jobs_waiting on jobs (app_key, scan_group, origin, only_requirements) where state = 'waiting';
create unique index jobs_running on jobs (app_key) where state = 'running';
create index jobs_ready on jobs (state, priority, ready_ms);
create index jobs_by_app on jobs (app_key, created_ms);
create index jobs_by_created on jobs (created_ms, job_id);
create table schedules (
  app_key @text not null references apps (app_key) on delete cascade,
  scan_group @text not null,
  next_ms @integer not null,
  last_ms @integer,
  primary key (app_key, scan_group)
)@strict;
create index schedules_next on schedules (next_ms);
create table pauses (
  pause_id @identity,
  host @text not null,
  reason @text not null,
  from_ms @integer not null,
  until_ms @integer not null,
  requested_by @text not null,
  ended_ms @integer
)@strict;
create index pauses_by_host on pauses (host, until_ms);

create table people (
  person_id @text not null primary key,
  issuer @text not null,
  subject @text not null,
  email @text not null,
  name @text not null,
  role @text not null,
  org_id @text references organisations (org_id),
  enabled @integer not null,
  created_ms @integer not null,
  last_login_ms @integer,
  version @integer not null default 1,
  unique (issuer, subject)
)@strict;
create table sessions (
  session_hash @text not null primary key,
  person_id @text not null references people (person_id) on delete cascade,
  csrf @text not null,
  created_ms @integer not null,
  last_used_ms @integer not null,
  expires_ms @integer not null,
  user_agent @text not null
)@strict;
create index sessions_by_person on sessions (person_id);
create table api_tokens (
  token_id @text not null primary key,
  token_hash @text not null unique,
  prefix @text not null,
  name @text not null,
  person_id @text not null references people (person_id) on delete cascade,
  scopes @text not null,
  created_ms @integer not null,
  expires_ms @integer not null,
  last_used_ms @integer,
  revoked_ms @integer
)@strict;
create table approvals (
  approval_id @identity,
  act @text not null,
  body @text not null,
  state @text not null,
  requested_by @text not null,
  requested_ms @integer not null,
  decided_by @text,
  decided_ms @integer
)@strict;
create table saved_views (
  view_id @identity,
  person_id @text not null references people (person_id) on delete cascade,
  list @text not null,
  name @text not null,
  query @text not null,
  shared @integer not null,
  unique (person_id, list, name)
)@strict;
create table idempotency (
  actor @text not null,
  idempotency_key @text not null,
  request_hash @text not null,
  status @integer not null,
  body @text not null,
  at_ms @integer not null,
  primary key (actor, idempotency_key)
)@strict;
create table audit (
  seq @integer not null primary key,
  at_ms @integer not null,
  actor @text not null,
  act @text not null,
  object @text not null,
  request_id @text not null,
  body @text not null,
  previous_hash @text not null,
  hash @text not null
)@strict;
create index audit_by_object on audit (object, seq);
create table posture (
  day @text not null,
  org_id @text not null,
  body @text not null,
  primary key (org_id, day)
)@strict
)";

}  // namespace assay::ledger

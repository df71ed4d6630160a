create schema integration;

-- Where the programs of organisers and administrators are told what happens. Their secrets are
-- made of a key, the id and the version; they are not kept.
create table integration.endpoints (
  id uuid primary key,
  owner_id uuid not null,
  url text not null,
  description text not null,
  types text[] not null,
  -- Null: every event the owner may hear of.
  event_id uuid,
  -- Hears of everybody's events; counts only while its owner is an administrator.
  all_events boolean not null,
  disabled text,
  -- When the attempts began to fail; null while the last one went well.
  failing_since timestamptz,
  secret_version integer not null,
  -- Until then the secret before the present one signs too.
  former_secret_until timestamptz,
  request_hash text,
  created_at timestamptz not null,
  constraint known_reason check (disabled in ('by-owner', 'gone', 'failing'))
);
create index endpoints_of_owner on integration.endpoints (owner_id, created_at, id);
create index endpoints_of_all_events on integration.endpoints (id) where all_events;

-- One message for one endpoint. The id is made of both, so that a message that comes again is the
-- same delivery.
create table integration.deliveries (
  id uuid primary key,
  endpoint_id uuid not null references integration.endpoints on delete cascade,
  type text not null,
  -- The very bytes that are signed and sent.
  body text not null,
  status text not null,
  -- Since it was last put in the queue.
  attempts integer not null default 0,
  created_at timestamptz not null,
  due_at timestamptz not null,
  -- Until then one process is sending it.
  claimed_until timestamptz,
  -- The last attempts: [{ at, status, error, millis }]
  history jsonb not null default '[]',
  -- How the body of the last answer began.
  response text,
  constraint known_status check (status in ('pending', 'delivered', 'failed'))
);
create index deliveries_due on integration.deliveries (endpoint_id, due_at) where status = 'pending';
create index deliveries_under_way on integration.deliveries (endpoint_id)
  where claimed_until is not null;
create index deliveries_of_endpoint on integration.deliveries (endpoint_id, created_at, id);
create index deliveries_by_age on integration.deliveries (created_at);

create table integration.outbox (
  position bigint generated always as identity primary key,
  type text not null,
  key text not null,
  data jsonb not null,
  -- The HTTP request that caused it, if one did, and its trace, if there is one.
  caused_by text,
  -- Not when its transaction began: a lock that it waited for may have let others go first.
  written_at timestamptz not null default clock_timestamp()
);

-- What left the outbox, without its data: what was said about a key, and when.
create table integration.sent_messages (
  key text not null,
  position bigint not null,
  type text not null,
  detail jsonb not null,
  written_at timestamptz not null,
  sent_at timestamptz not null default now(),
  trace_id text,
  primary key (key, position)
);
create index sent_messages_by_time on integration.sent_messages using brin (sent_at);

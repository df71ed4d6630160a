create schema catalog;

create table catalog.events (
  id uuid primary key,
  -- Grows by one with each saved change; booking lets a higher one replace a lower one.
  version integer not null,
  organiser_id uuid not null,
  title text not null,
  description text not null,
  category text not null,
  facilities text[] not null,
  banner_path text,
  location text not null,
  starts_at timestamptz not null,
  ends_at timestamptz,
  time_zone text not null,
  currency text not null,
  refundable boolean not null,
  orders_per_buyer_max integer,
  tickets_per_buyer_max integer,
  hold_seconds integer,
  status text not null,
  request_hash text,
  created_at timestamptz not null,
  constraint known_status check (status in ('draft', 'published', 'cancelled')),
  constraint ends_after_start check (ends_at > starts_at)
);
create index events_on_sale on catalog.events (starts_at, id) where status = 'published';
create index events_by_banner on catalog.events (banner_path) where status = 'published';
create index events_of_organiser on catalog.events (organiser_id, starts_at, id);

create table catalog.ticket_types (
  event_id uuid not null references catalog.events,
  id uuid not null,
  position integer not null,
  name text not null,
  description text not null,
  unit_price bigint not null,
  capacity integer not null,
  tickets_per_order_max integer not null,
  valid_from timestamptz,
  valid_until timestamptz,
  -- Null: no numbered seats.
  seats_per_row integer,
  request_hash text,
  primary key (event_id, id),
  constraint window_in_order check (valid_from < valid_until)
);

create table catalog.event_staff (
  event_id uuid not null references catalog.events,
  user_id uuid not null,
  primary key (event_id, user_id)
);

create table catalog.outbox (
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
create table catalog.sent_messages (
  key text not null,
  position bigint not null,
  type text not null,
  detail jsonb not null,
  written_at timestamptz not null,
  sent_at timestamptz not null default now(),
  trace_id text,
  primary key (key, position)
);
create index sent_messages_by_time on catalog.sent_messages using brin (sent_at);

create schema admission;

-- One row per order whose tickets were issued or revoked. A revocation that comes first leaves a
-- row without a snapshot, so that the tickets it forbids are never made.
create table admission.orders (
  id uuid primary key,
  event_id uuid not null,
  -- When the messages were written that issued and revoked; the later of the two holds.
  issued_at timestamptz,
  revoked_at timestamptz,
  -- The order as it was when its tickets were issued.
  snapshot jsonb
);

create table admission.tickets (
  id uuid primary key,
  order_id uuid not null references admission.orders,
  event_id uuid not null,
  ticket_type_id uuid not null,
  ticket_type_name text not null,
  ordinal integer not null check (ordinal > 0),
  seat text,
  holder_name text not null,
  revoked boolean not null default false,
  redeemed_at timestamptz,
  redeemed_by uuid,
  issued_at timestamptz not null,
  unique (order_id, ticket_type_id, ordinal)
);

create index tickets_by_event on admission.tickets (event_id, ticket_type_id, id);

-- Every scan and its verdict. The id is made of the scan's nonce when it has one.
create table admission.check_ins (
  id uuid primary key,
  event_id uuid not null,
  ticket_id uuid,
  result text not null
    check (result in ('ok', 'already_redeemed', 'revoked', 'wrong_event', 'unknown')),
  scanned_at timestamptz not null,
  scanned_by uuid not null
);
create index check_ins_by_time on admission.check_ins using brin (scanned_at);

create table admission.outbox (
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
create table admission.sent_messages (
  key text not null,
  position bigint not null,
  type text not null,
  detail jsonb not null,
  written_at timestamptz not null,
  sent_at timestamptz not null default now(),
  trace_id text,
  primary key (key, position)
);
create index sent_messages_by_time on admission.sent_messages using brin (sent_at);

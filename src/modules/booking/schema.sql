create schema booking;

-- What an event is sold on: the terms catalog last told us.
create table booking.events (
  event_id uuid primary key,
  offer_version integer not null,
  offer jsonb not null,
  -- Every ticket type the event ever had, in the order in which they were first offered: the place
  -- of one in this list is its short number, which no other ever gets.
  ticket_type_ids uuid[] not null
);

-- How much of a ticket type is taken by live orders (pending, paid). Every buyer of an event
-- locks these rows, in the order of ticket_type_id, so they stay narrow and are updated in place.
create table booking.stock (
  event_id uuid not null,
  ticket_type_id uuid not null,
  capacity integer not null,
  taken integer not null default 0,
  offer_version integer not null,
  -- Grows whenever a seat of this type changes hands, so that a process knows whether the seats
  -- it remembers are still the truth.
  seats_version bigint not null default 0,
  primary key (event_id, ticket_type_id),
  constraint never_oversell check (taken between 0 and capacity)
) with (fillfactor = 20);
create index stock_of_type on booking.stock (ticket_type_id);

-- One row per numbered seat. order_id is the one live order it belongs to, so two cannot share it.
create table booking.seats (
  event_id uuid not null,
  ticket_type_id uuid not null,
  position integer not null,
  order_id uuid,
  primary key (event_id, ticket_type_id, position)
) with (fillfactor = 50);

create table booking.orders (
  id uuid not null,
  event_id uuid not null,
  status text not null,
  buyer_user_id uuid,
  buyer_name text not null,
  -- Lower case.
  buyer_email text not null,
  buyer_phone text,
  buyer_locale text not null,
  -- [{ ticketTypeId, name, quantity, unitPrice, seats: [position] }]
  items jsonb not null,
  quantity integer not null,
  total bigint not null,
  currency text not null,
  -- The attempt to pay that is open now: { paymentId, gateway, method, channel, instructions }
  payment jsonb,
  -- Attempts that are over: [{ paymentId, gateway, method, channel }]
  former_payments jsonb not null default '[]',
  -- The payment whose money the order keeps, or has to give back.
  settled_payment_id uuid,
  hold_seconds integer not null,
  expires_at timestamptz not null,
  -- Set while the gateway is asked to close the open payment of a hold that ran out.
  closing boolean not null default false,
  request_hash text,
  -- The day for which the tickets are wanted, in ISO 8601 as the buyer wrote it; most never say.
  visit_date text,
  placed_at timestamptz not null,
  primary key (id),
  constraint known_status check (
    status in ('pending', 'paid', 'expired', 'cancelled', 'refunding', 'refunded', 'refund_due')
  )
) with (fillfactor = 80);
create index orders_of_buyer_at_event on booking.orders (event_id, buyer_email);
create index orders_of_user on booking.orders (buyer_user_id) where buyer_user_id is not null;
create index orders_due on booking.orders (expires_at) where status = 'pending';
create index orders_refund_due on booking.orders (id) where status = 'refund_due';

-- The numbers that we give to virtual accounts ourselves. A process takes a thousand at a time.
create sequence booking.virtual_accounts increment by 1000;

create table booking.outbox (
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
create table booking.sent_messages (
  key text not null,
  position bigint not null,
  type text not null,
  detail jsonb not null,
  written_at timestamptz not null,
  sent_at timestamptz not null default now(),
  trace_id text,
  primary key (key, position)
);
create index sent_messages_by_time on booking.sent_messages using brin (sent_at);

create schema payment;

create table payment.payments (
  id uuid primary key,
  -- Our id for it at the gateway; its own, but for money found beside that of another payment.
  reference uuid not null,
  order_id uuid not null,
  status text not null,
  -- The terms; all null when the payment was cancelled before it was requested.
  event_id uuid,
  gateway text,
  -- Whose money: sandbox, test or live. Ids of one account mean nothing to another.
  account text,
  method text,
  channel text,
  amount bigint,
  currency text,
  hold_seconds integer,
  reversible_seconds integer,
  gateway_id text,
  instructions jsonb,
  expires_at timestamptz,
  -- { amount, currency } as the gateway reports it; kept as it is when it differs from the terms.
  paid jsonb,
  settled_at timestamptz,
  -- { status, amount, attempt, reason, byHand }
  refund jsonb not null,
  -- When the refund last changed; null without one.
  refund_at timestamptz,
  -- { what, by, at, note }: what a person decided about a wrong amount.
  resolution jsonb,
  created_at timestamptz not null,
  -- When the gateway is asked how the payment stands; null when it is at rest.
  check_at timestamptz,
  -- [{ at, what, by }]
  history jsonb not null,
  -- The trace of its request, in which goes on what its gateway reports later.
  trace_parent text,
  constraint known_status check (
    status in (
      'requested', 'open', 'cancelling', 'settled', 'failed', 'expired', 'mismatch', 'reversed'
    )
  )
);
create index payments_of_order on payment.payments (order_id, created_at);
create index payments_due on payment.payments (gateway, account, check_at)
  where check_at is not null;
create index refunds_by_status on payment.payments ((refund ->> 'status'), refund_at desc, id desc)
  where refund_at is not null;
create index payments_by_status on payment.payments (status, created_at desc, id desc);

-- The inbox: every webhook as it came in, kept before anything is done about it.
create table payment.webhooks (
  id uuid primary key,
  gateway text not null,
  -- The gateway's name for this webhook; null for a forgery, which must not take a real one's place.
  provider_key text,
  body bytea not null,
  -- Without the secrets among them.
  headers jsonb not null,
  status text not null,
  attempts integer not null default 0,
  received_at timestamptz not null,
  -- When it is taken up; null when it is done with, or waits for a person.
  retry_at timestamptz,
  processed_at timestamptz,
  error text,
  constraint webhook_once unique (gateway, provider_key),
  constraint known_status check (
    status in (
      'received', 'refused', 'malformed', 'ignored', 'unknown', 'unconfirmed', 'failed', 'processed'
    )
  )
);
create index webhooks_due on payment.webhooks (retry_at) where retry_at is not null;
create index webhooks_by_status on payment.webhooks (status, received_at desc, id desc);

-- Payments by the gateway `confirmation`: what is known there of each, like what a real gateway
-- knows of its payments. The code itself stands in no table but among the mails.
create table payment.confirmations (
  payment_id uuid primary key,
  order_id uuid not null,
  code_hash bytea not null unique,
  amount bigint not null,
  currency text not null,
  status text not null check (status in ('open', 'confirmed', 'closed')),
  expires_at timestamptz not null,
  refunded_at timestamptz
);

create table payment.outbox (
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
create table payment.sent_messages (
  key text not null,
  position bigint not null,
  type text not null,
  detail jsonb not null,
  written_at timestamptz not null,
  sent_at timestamptz not null default now(),
  trace_id text,
  primary key (key, position)
);
create index sent_messages_by_time on payment.sent_messages using brin (sent_at);

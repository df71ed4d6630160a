create schema sandbox;

-- Whatever can be paid at one of the gateways.
create table sandbox.payments (
  id text primary key,
  gateway text not null,
  kind text not null,
  -- The merchant's own id: external_id, reference_id or order_id.
  reference text not null,
  -- The session, or the page of Snap, on which it was made.
  parent_id text,
  status text not null,
  amount numeric not null,
  currency text not null,
  -- Null while the payer chooses on a page.
  channel text,
  -- What a payer types at the bank.
  number text,
  -- The body of the request that made it.
  request json not null,
  -- Where its webhooks go when not to the usual place.
  webhook_urls text[],
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null,
  -- { paymentId, amount, fee, channel, at }
  money jsonb,
  -- A list; see Refund in domain/payment.ts.
  refunds jsonb not null default '[]',
  -- When the first pending refund is over.
  refund_due_at timestamptz,
  -- Counts the changes, so that a decision on an old state is noticed.
  version integer not null default 1,
  constraint known_gateway check (gateway in ('xendit', 'midtrans')),
  constraint known_kind check (kind in ('invoice', 'request', 'session', 'charge', 'snap')),
  constraint known_status check (status in ('pending', 'paid', 'failed', 'expired', 'cancelled', 'denied'))
);
create index payments_by_reference on sandbox.payments (reference, created_at);
create index payments_by_creation on sandbox.payments (created_at);
create index payments_by_number on sandbox.payments (number) where number is not null;
create index payments_by_parent on sandbox.payments (parent_id) where parent_id is not null;
create index payments_due on sandbox.payments (expires_at) where status = 'pending';
create index refunds_due on sandbox.payments (refund_due_at) where refund_due_at is not null;
create index payments_by_refund on sandbox.payments using gin (refunds jsonb_path_ops) where refunds <> '[]';
-- Midtrans refuses an order_id that waits to be paid or is paid; Snap may try one several times.
create unique index one_charge_per_order on sandbox.payments (reference)
  where kind = 'charge' and parent_id is null and status in ('pending', 'paid');

-- Webhooks on their way to the merchant.
create table sandbox.deliveries (
  id uuid primary key,
  -- What the merchant sees as `webhook-id`; a duplicate has the same.
  webhook_id uuid,
  payment_id text not null,
  reference text not null,
  gateway text not null,
  event text not null,
  url text not null,
  body text not null,
  -- Sent with a wrong token or signature.
  forged boolean not null,
  status text not null,
  attempts integer not null default 0,
  created_at timestamptz not null,
  due_at timestamptz not null,
  -- Nobody else sends it until then, by the real clock.
  leased_until timestamptz,
  -- [{ at, outcome }]
  log jsonb not null default '[]',
  -- The state of the gateway's attempts, or held, or dropped, by a fault.
  constraint known_status check (status in ('pending', 'held', 'dropped', 'delivered', 'timeout', 'given-up'))
);
create index deliveries_due on sandbox.deliveries (due_at) where status = 'pending';
create index deliveries_of_payment on sandbox.deliveries (payment_id);
create index deliveries_by_creation on sandbox.deliveries (created_at);

-- What the control page has set; no row means nothing.
create table sandbox.controls (
  one boolean primary key default true check (one),
  clock_ahead_seconds bigint not null default 0,
  -- { type: url }, as set by POST /callback_urls/{type}
  callback_urls jsonb not null default '{}'
);

create table sandbox.faults (
  id uuid primary key,
  fault text not null,
  -- The operation of the API it befalls; null: any.
  operation text,
  -- Only what is about this reference or id; null: anything.
  about text,
  times_left integer not null,
  -- How long, which status; depends on the fault.
  detail jsonb not null default '{}',
  created_at timestamptz not null
);

-- Answers kept for Midtrans' Idempotency-Key.
create table sandbox.kept_answers (
  key text primary key,
  answer json not null,
  created_at timestamptz not null
);
create index kept_answers_by_creation on sandbox.kept_answers (created_at);

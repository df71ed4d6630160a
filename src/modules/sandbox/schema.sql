create schema sandbox;

create table sandbox.invoices (
  id text primary key,
  external_id text not null,
  status text not null,
  amount numeric not null,
  currency text not null,
  -- The body of the request that created it.
  request json not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  expires_at timestamptz not null,
  -- { paymentId, amount, channel, at }
  payment jsonb,
  constraint known_status check (status in ('PENDING', 'PAID', 'EXPIRED'))
);
create index invoices_by_external_id on sandbox.invoices (external_id, created_at);
create index invoices_due on sandbox.invoices (expires_at) where status = 'PENDING';

create table sandbox.refunds (
  id text primary key,
  invoice_id text not null references sandbox.invoices,
  reference_id text not null,
  idempotency_key text,
  request json not null,
  amount numeric not null,
  status text not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  -- When a pending refund succeeds.
  due_at timestamptz not null
);
create index refunds_of_invoice on sandbox.refunds (invoice_id, created_at);
create index refunds_due on sandbox.refunds (due_at) where status = 'PENDING';

-- Webhooks on their way to the merchant.
create table sandbox.deliveries (
  id uuid primary key,
  payload jsonb not null,
  status text not null default 'pending',
  attempts integer not null default 0,
  created_at timestamptz not null,
  due_at timestamptz not null,
  -- [{ at, outcome }]
  log jsonb not null default '[]',
  constraint known_status check (status in ('pending', 'delivered', 'timeout', 'given-up'))
);
create index deliveries_due on sandbox.deliveries (due_at) where status = 'pending';

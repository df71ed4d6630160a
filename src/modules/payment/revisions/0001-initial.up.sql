create schema if not exists "payment";

create table "payment"."confirmations" (
  "payment_id" uuid not null,
  "order_id" uuid not null,
  "code_hash" bytea not null,
  "amount" bigint not null,
  "currency" text not null,
  "status" text not null,
  "expires_at" timestamp with time zone not null,
  "refunded_at" timestamp with time zone
);

create table "payment"."outbox" (
  "position" bigint generated always as identity not null,
  "type" text not null,
  "key" text not null,
  "data" jsonb not null,
  "caused_by" text,
  "written_at" timestamp with time zone not null default clock_timestamp()
);

create table "payment"."payments" (
  "id" uuid not null,
  "reference" uuid not null,
  "order_id" uuid not null,
  "status" text not null,
  "event_id" uuid,
  "gateway" text,
  "account" text,
  "method" text,
  "channel" text,
  "amount" bigint,
  "currency" text,
  "hold_seconds" integer,
  "reversible_seconds" integer,
  "gateway_id" text,
  "instructions" jsonb,
  "expires_at" timestamp with time zone,
  "paid" jsonb,
  "settled_at" timestamp with time zone,
  "refund" jsonb not null,
  "refund_at" timestamp with time zone,
  "resolution" jsonb,
  "created_at" timestamp with time zone not null,
  "check_at" timestamp with time zone,
  "history" jsonb not null,
  "trace_parent" text
);

create table "payment"."sent_messages" (
  "key" text not null,
  "position" bigint not null,
  "type" text not null,
  "detail" jsonb not null,
  "written_at" timestamp with time zone not null,
  "sent_at" timestamp with time zone not null default now(),
  "trace_id" text
);

create table "payment"."webhooks" (
  "id" uuid not null,
  "gateway" text not null,
  "provider_key" text,
  "body" bytea not null,
  "headers" jsonb not null,
  "status" text not null,
  "attempts" integer not null default 0,
  "received_at" timestamp with time zone not null,
  "retry_at" timestamp with time zone,
  "processed_at" timestamp with time zone,
  "error" text
);

CREATE UNIQUE INDEX confirmations_code_hash_key ON payment.confirmations USING btree (code_hash);

CREATE UNIQUE INDEX confirmations_pkey ON payment.confirmations USING btree (payment_id);

CREATE UNIQUE INDEX outbox_pkey ON payment.outbox USING btree ("position");

CREATE INDEX payments_by_status ON payment.payments USING btree (status, created_at DESC, id DESC);

CREATE INDEX payments_due ON payment.payments USING btree (gateway, account, check_at) WHERE (check_at IS NOT NULL);

CREATE INDEX payments_of_order ON payment.payments USING btree (order_id, created_at);

CREATE UNIQUE INDEX payments_pkey ON payment.payments USING btree (id);

CREATE INDEX refunds_by_status ON payment.payments USING btree (((refund ->> 'status'::text)), refund_at DESC, id DESC) WHERE (refund_at IS NOT NULL);

CREATE INDEX sent_messages_by_time ON payment.sent_messages USING brin (sent_at);

CREATE UNIQUE INDEX sent_messages_pkey ON payment.sent_messages USING btree (key, "position");

CREATE UNIQUE INDEX webhook_once ON payment.webhooks USING btree (gateway, provider_key);

CREATE INDEX webhooks_by_status ON payment.webhooks USING btree (status, received_at DESC, id DESC);

CREATE INDEX webhooks_due ON payment.webhooks USING btree (retry_at) WHERE (retry_at IS NOT NULL);

CREATE UNIQUE INDEX webhooks_pkey ON payment.webhooks USING btree (id);

alter table "payment"."confirmations" add constraint "confirmations_pkey" PRIMARY KEY using index "confirmations_pkey";

alter table "payment"."outbox" add constraint "outbox_pkey" PRIMARY KEY using index "outbox_pkey";

alter table "payment"."payments" add constraint "payments_pkey" PRIMARY KEY using index "payments_pkey";

alter table "payment"."sent_messages" add constraint "sent_messages_pkey" PRIMARY KEY using index "sent_messages_pkey";

alter table "payment"."webhooks" add constraint "webhooks_pkey" PRIMARY KEY using index "webhooks_pkey";

alter table "payment"."confirmations" add constraint "confirmations_code_hash_key" UNIQUE using index "confirmations_code_hash_key";

alter table "payment"."confirmations" add constraint "confirmations_status_check" CHECK ((status = ANY (ARRAY['open'::text, 'confirmed'::text, 'closed'::text]))) not valid;

alter table "payment"."confirmations" validate constraint "confirmations_status_check";

alter table "payment"."payments" add constraint "known_status" CHECK ((status = ANY (ARRAY['requested'::text, 'open'::text, 'cancelling'::text, 'settled'::text, 'failed'::text, 'expired'::text, 'mismatch'::text, 'reversed'::text]))) not valid;

alter table "payment"."payments" validate constraint "known_status";

alter table "payment"."webhooks" add constraint "known_status" CHECK ((status = ANY (ARRAY['received'::text, 'refused'::text, 'malformed'::text, 'ignored'::text, 'unknown'::text, 'unconfirmed'::text, 'failed'::text, 'processed'::text]))) not valid;

alter table "payment"."webhooks" validate constraint "known_status";

alter table "payment"."webhooks" add constraint "webhook_once" UNIQUE using index "webhook_once";

create schema if not exists "sandbox";

create table "sandbox"."controls" (
  "one" boolean not null default true,
  "clock_ahead_seconds" bigint not null default 0,
  "callback_urls" jsonb not null default '{}'::jsonb
);

create table "sandbox"."deliveries" (
  "id" uuid not null,
  "webhook_id" uuid,
  "payment_id" text not null,
  "reference" text not null,
  "gateway" text not null,
  "event" text not null,
  "url" text not null,
  "body" text not null,
  "forged" boolean not null,
  "status" text not null,
  "attempts" integer not null default 0,
  "created_at" timestamp with time zone not null,
  "due_at" timestamp with time zone not null,
  "leased_until" timestamp with time zone,
  "log" jsonb not null default '[]'::jsonb
);

create table "sandbox"."faults" (
  "id" uuid not null,
  "fault" text not null,
  "operation" text,
  "about" text,
  "times_left" integer not null,
  "detail" jsonb not null default '{}'::jsonb,
  "created_at" timestamp with time zone not null
);

create table "sandbox"."kept_answers" (
  "key" text not null,
  "answer" json not null,
  "created_at" timestamp with time zone not null
);

create table "sandbox"."payments" (
  "id" text not null,
  "gateway" text not null,
  "kind" text not null,
  "reference" text not null,
  "parent_id" text,
  "status" text not null,
  "amount" numeric not null,
  "currency" text not null,
  "channel" text,
  "number" text,
  "request" json not null,
  "webhook_urls" text[],
  "created_at" timestamp with time zone not null,
  "updated_at" timestamp with time zone not null,
  "expires_at" timestamp with time zone not null,
  "money" jsonb,
  "refunds" jsonb not null default '[]'::jsonb,
  "refund_due_at" timestamp with time zone,
  "version" integer not null default 1
);

CREATE UNIQUE INDEX controls_pkey ON sandbox.controls USING btree (one);

CREATE INDEX deliveries_by_creation ON sandbox.deliveries USING btree (created_at);

CREATE INDEX deliveries_due ON sandbox.deliveries USING btree (due_at) WHERE (status = 'pending'::text);

CREATE INDEX deliveries_of_payment ON sandbox.deliveries USING btree (payment_id);

CREATE UNIQUE INDEX deliveries_pkey ON sandbox.deliveries USING btree (id);

CREATE UNIQUE INDEX faults_pkey ON sandbox.faults USING btree (id);

CREATE INDEX kept_answers_by_creation ON sandbox.kept_answers USING btree (created_at);

CREATE UNIQUE INDEX kept_answers_pkey ON sandbox.kept_answers USING btree (key);

CREATE UNIQUE INDEX one_charge_per_order ON sandbox.payments USING btree (reference) WHERE ((kind = 'charge'::text) AND (parent_id IS NULL) AND (status = ANY (ARRAY['pending'::text, 'paid'::text])));

CREATE INDEX payments_by_creation ON sandbox.payments USING btree (created_at);

CREATE INDEX payments_by_number ON sandbox.payments USING btree (number) WHERE (number IS NOT NULL);

CREATE INDEX payments_by_parent ON sandbox.payments USING btree (parent_id) WHERE (parent_id IS NOT NULL);

CREATE INDEX payments_by_reference ON sandbox.payments USING btree (reference, created_at);

CREATE INDEX payments_by_refund ON sandbox.payments USING gin (refunds jsonb_path_ops) WHERE (refunds <> '[]'::jsonb);

CREATE INDEX payments_due ON sandbox.payments USING btree (expires_at) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX payments_pkey ON sandbox.payments USING btree (id);

CREATE INDEX refunds_due ON sandbox.payments USING btree (refund_due_at) WHERE (refund_due_at IS NOT NULL);

alter table "sandbox"."controls" add constraint "controls_pkey" PRIMARY KEY using index "controls_pkey";

alter table "sandbox"."deliveries" add constraint "deliveries_pkey" PRIMARY KEY using index "deliveries_pkey";

alter table "sandbox"."faults" add constraint "faults_pkey" PRIMARY KEY using index "faults_pkey";

alter table "sandbox"."kept_answers" add constraint "kept_answers_pkey" PRIMARY KEY using index "kept_answers_pkey";

alter table "sandbox"."payments" add constraint "payments_pkey" PRIMARY KEY using index "payments_pkey";

alter table "sandbox"."controls" add constraint "controls_one_check" CHECK (one) not valid;

alter table "sandbox"."controls" validate constraint "controls_one_check";

alter table "sandbox"."deliveries" add constraint "known_status" CHECK ((status = ANY (ARRAY['pending'::text, 'held'::text, 'dropped'::text, 'delivered'::text, 'timeout'::text, 'given-up'::text]))) not valid;

alter table "sandbox"."deliveries" validate constraint "known_status";

alter table "sandbox"."payments" add constraint "known_gateway" CHECK ((gateway = ANY (ARRAY['xendit'::text, 'midtrans'::text]))) not valid;

alter table "sandbox"."payments" validate constraint "known_gateway";

alter table "sandbox"."payments" add constraint "known_kind" CHECK ((kind = ANY (ARRAY['invoice'::text, 'request'::text, 'session'::text, 'charge'::text, 'snap'::text]))) not valid;

alter table "sandbox"."payments" validate constraint "known_kind";

alter table "sandbox"."payments" add constraint "known_status" CHECK ((status = ANY (ARRAY['pending'::text, 'paid'::text, 'failed'::text, 'expired'::text, 'cancelled'::text, 'denied'::text]))) not valid;

alter table "sandbox"."payments" validate constraint "known_status";

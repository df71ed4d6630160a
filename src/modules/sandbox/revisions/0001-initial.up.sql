create schema if not exists "sandbox";

create table "sandbox"."deliveries" (
  "id" uuid not null,
  "payload" jsonb not null,
  "status" text not null default 'pending'::text,
  "attempts" integer not null default 0,
  "created_at" timestamp with time zone not null,
  "due_at" timestamp with time zone not null,
  "log" jsonb not null default '[]'::jsonb
);

create table "sandbox"."invoices" (
  "id" text not null,
  "external_id" text not null,
  "status" text not null,
  "amount" numeric not null,
  "currency" text not null,
  "request" json not null,
  "created_at" timestamp with time zone not null,
  "updated_at" timestamp with time zone not null,
  "expires_at" timestamp with time zone not null,
  "payment" jsonb
);

create table "sandbox"."refunds" (
  "id" text not null,
  "invoice_id" text not null,
  "reference_id" text not null,
  "idempotency_key" text,
  "request" json not null,
  "amount" numeric not null,
  "status" text not null,
  "created_at" timestamp with time zone not null,
  "updated_at" timestamp with time zone not null,
  "due_at" timestamp with time zone not null
);

CREATE INDEX deliveries_due ON sandbox.deliveries USING btree (due_at) WHERE (status = 'pending'::text);

CREATE UNIQUE INDEX deliveries_pkey ON sandbox.deliveries USING btree (id);

CREATE INDEX invoices_by_external_id ON sandbox.invoices USING btree (external_id, created_at);

CREATE INDEX invoices_due ON sandbox.invoices USING btree (expires_at) WHERE (status = 'PENDING'::text);

CREATE UNIQUE INDEX invoices_pkey ON sandbox.invoices USING btree (id);

CREATE INDEX refunds_due ON sandbox.refunds USING btree (due_at) WHERE (status = 'PENDING'::text);

CREATE INDEX refunds_of_invoice ON sandbox.refunds USING btree (invoice_id, created_at);

CREATE UNIQUE INDEX refunds_pkey ON sandbox.refunds USING btree (id);

alter table "sandbox"."deliveries" add constraint "deliveries_pkey" PRIMARY KEY using index "deliveries_pkey";

alter table "sandbox"."invoices" add constraint "invoices_pkey" PRIMARY KEY using index "invoices_pkey";

alter table "sandbox"."refunds" add constraint "refunds_pkey" PRIMARY KEY using index "refunds_pkey";

alter table "sandbox"."deliveries" add constraint "known_status" CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'timeout'::text, 'given-up'::text]))) not valid;

alter table "sandbox"."deliveries" validate constraint "known_status";

alter table "sandbox"."invoices" add constraint "known_status" CHECK ((status = ANY (ARRAY['PENDING'::text, 'PAID'::text, 'EXPIRED'::text]))) not valid;

alter table "sandbox"."invoices" validate constraint "known_status";

alter table "sandbox"."refunds" add constraint "refunds_invoice_id_fkey" FOREIGN KEY (invoice_id) REFERENCES sandbox.invoices(id) not valid;

alter table "sandbox"."refunds" validate constraint "refunds_invoice_id_fkey";

create schema if not exists "booking";

create sequence "booking"."virtual_accounts";

create table "booking"."events" (
  "event_id" uuid not null,
  "offer_version" integer not null,
  "offer" jsonb not null,
  "ticket_type_ids" uuid[] not null
);

create table "booking"."orders" (
  "id" uuid not null,
  "event_id" uuid not null,
  "status" text not null,
  "buyer_user_id" uuid,
  "buyer_name" text not null,
  "buyer_email" text not null,
  "buyer_phone" text,
  "buyer_locale" text not null,
  "items" jsonb not null,
  "quantity" integer not null,
  "total" bigint not null,
  "currency" text not null,
  "payment" jsonb,
  "former_payments" jsonb not null default '[]'::jsonb,
  "settled_payment_id" uuid,
  "hold_seconds" integer not null,
  "expires_at" timestamp with time zone not null,
  "closing" boolean not null default false,
  "request_hash" text,
  "visit_date" text,
  "placed_at" timestamp with time zone not null
);

create table "booking"."outbox" (
  "position" bigint generated always as identity not null,
  "type" text not null,
  "key" text not null,
  "data" jsonb not null,
  "caused_by" text,
  "written_at" timestamp with time zone not null default clock_timestamp()
);

create table "booking"."seats" (
  "event_id" uuid not null,
  "ticket_type_id" uuid not null,
  "position" integer not null,
  "order_id" uuid
);

create table "booking"."sent_messages" (
  "key" text not null,
  "position" bigint not null,
  "type" text not null,
  "detail" jsonb not null,
  "written_at" timestamp with time zone not null,
  "sent_at" timestamp with time zone not null default now(),
  "trace_id" text
);

create table "booking"."stock" (
  "event_id" uuid not null,
  "ticket_type_id" uuid not null,
  "capacity" integer not null,
  "taken" integer not null default 0,
  "offer_version" integer not null,
  "seats_version" bigint not null default 0
);

CREATE UNIQUE INDEX events_pkey ON booking.events USING btree (event_id);

CREATE INDEX orders_due ON booking.orders USING btree (expires_at) WHERE (status = 'pending'::text);

CREATE INDEX orders_of_buyer_at_event ON booking.orders USING btree (event_id, buyer_email);

CREATE INDEX orders_of_user ON booking.orders USING btree (buyer_user_id) WHERE (buyer_user_id IS NOT NULL);

CREATE UNIQUE INDEX orders_pkey ON booking.orders USING btree (id);

CREATE INDEX orders_refund_due ON booking.orders USING btree (id) WHERE (status = 'refund_due'::text);

CREATE UNIQUE INDEX outbox_pkey ON booking.outbox USING btree ("position");

CREATE UNIQUE INDEX seats_pkey ON booking.seats USING btree (event_id, ticket_type_id, "position");

CREATE INDEX sent_messages_by_time ON booking.sent_messages USING brin (sent_at);

CREATE UNIQUE INDEX sent_messages_pkey ON booking.sent_messages USING btree (key, "position");

CREATE INDEX stock_of_type ON booking.stock USING btree (ticket_type_id);

CREATE UNIQUE INDEX stock_pkey ON booking.stock USING btree (event_id, ticket_type_id);

alter table "booking"."events" add constraint "events_pkey" PRIMARY KEY using index "events_pkey";

alter table "booking"."orders" add constraint "orders_pkey" PRIMARY KEY using index "orders_pkey";

alter table "booking"."outbox" add constraint "outbox_pkey" PRIMARY KEY using index "outbox_pkey";

alter table "booking"."seats" add constraint "seats_pkey" PRIMARY KEY using index "seats_pkey";

alter table "booking"."sent_messages" add constraint "sent_messages_pkey" PRIMARY KEY using index "sent_messages_pkey";

alter table "booking"."stock" add constraint "stock_pkey" PRIMARY KEY using index "stock_pkey";

alter table "booking"."orders" add constraint "known_status" CHECK ((status = ANY (ARRAY['pending'::text, 'paid'::text, 'expired'::text, 'cancelled'::text, 'refunding'::text, 'refunded'::text, 'refund_due'::text]))) not valid;

alter table "booking"."orders" validate constraint "known_status";

alter table "booking"."stock" add constraint "never_oversell" CHECK (((taken >= 0) AND (taken <= capacity))) not valid;

alter table "booking"."stock" validate constraint "never_oversell";

alter table booking.orders set (fillfactor=80);

alter table booking.seats set (fillfactor=50);

alter table booking.stock set (fillfactor=20);

create schema if not exists "admission";

create table "admission"."check_ins" (
  "id" uuid not null,
  "event_id" uuid not null,
  "ticket_id" uuid,
  "result" text not null,
  "scanned_at" timestamp with time zone not null,
  "scanned_by" uuid not null
);

create table "admission"."orders" (
  "id" uuid not null,
  "event_id" uuid not null,
  "issued_at" timestamp with time zone,
  "revoked_at" timestamp with time zone,
  "snapshot" jsonb
);

create table "admission"."outbox" (
  "position" bigint generated always as identity not null,
  "type" text not null,
  "key" text not null,
  "data" jsonb not null,
  "caused_by" text,
  "written_at" timestamp with time zone not null default clock_timestamp()
);

create table "admission"."sent_messages" (
  "key" text not null,
  "position" bigint not null,
  "type" text not null,
  "detail" jsonb not null,
  "written_at" timestamp with time zone not null,
  "sent_at" timestamp with time zone not null default now(),
  "trace_id" text
);

create table "admission"."tickets" (
  "id" uuid not null,
  "order_id" uuid not null,
  "event_id" uuid not null,
  "ticket_type_id" uuid not null,
  "ticket_type_name" text not null,
  "ordinal" integer not null,
  "seat" text,
  "holder_name" text not null,
  "revoked" boolean not null default false,
  "redeemed_at" timestamp with time zone,
  "redeemed_by" uuid,
  "issued_at" timestamp with time zone not null
);

CREATE INDEX check_ins_by_time ON admission.check_ins USING brin (scanned_at);

CREATE UNIQUE INDEX check_ins_pkey ON admission.check_ins USING btree (id);

CREATE UNIQUE INDEX orders_pkey ON admission.orders USING btree (id);

CREATE UNIQUE INDEX outbox_pkey ON admission.outbox USING btree ("position");

CREATE INDEX sent_messages_by_time ON admission.sent_messages USING brin (sent_at);

CREATE UNIQUE INDEX sent_messages_pkey ON admission.sent_messages USING btree (key, "position");

CREATE INDEX tickets_by_event ON admission.tickets USING btree (event_id, ticket_type_id, id);

CREATE UNIQUE INDEX tickets_order_id_ticket_type_id_ordinal_key ON admission.tickets USING btree (order_id, ticket_type_id, ordinal);

CREATE UNIQUE INDEX tickets_pkey ON admission.tickets USING btree (id);

alter table "admission"."check_ins" add constraint "check_ins_pkey" PRIMARY KEY using index "check_ins_pkey";

alter table "admission"."orders" add constraint "orders_pkey" PRIMARY KEY using index "orders_pkey";

alter table "admission"."outbox" add constraint "outbox_pkey" PRIMARY KEY using index "outbox_pkey";

alter table "admission"."sent_messages" add constraint "sent_messages_pkey" PRIMARY KEY using index "sent_messages_pkey";

alter table "admission"."tickets" add constraint "tickets_pkey" PRIMARY KEY using index "tickets_pkey";

alter table "admission"."check_ins" add constraint "check_ins_result_check" CHECK ((result = ANY (ARRAY['ok'::text, 'already_redeemed'::text, 'revoked'::text, 'wrong_event'::text, 'unknown'::text]))) not valid;

alter table "admission"."check_ins" validate constraint "check_ins_result_check";

alter table "admission"."tickets" add constraint "tickets_order_id_fkey" FOREIGN KEY (order_id) REFERENCES admission.orders(id) not valid;

alter table "admission"."tickets" validate constraint "tickets_order_id_fkey";

alter table "admission"."tickets" add constraint "tickets_order_id_ticket_type_id_ordinal_key" UNIQUE using index "tickets_order_id_ticket_type_id_ordinal_key";

alter table "admission"."tickets" add constraint "tickets_ordinal_check" CHECK ((ordinal > 0)) not valid;

alter table "admission"."tickets" validate constraint "tickets_ordinal_check";

create schema if not exists "catalog";

create table "catalog"."event_staff" (
  "event_id" uuid not null,
  "user_id" uuid not null
);

create table "catalog"."events" (
  "id" uuid not null,
  "version" integer not null,
  "organiser_id" uuid not null,
  "title" text not null,
  "description" text not null,
  "category" text not null,
  "facilities" text[] not null,
  "banner_path" text,
  "location" text not null,
  "starts_at" timestamp with time zone not null,
  "ends_at" timestamp with time zone,
  "time_zone" text not null,
  "currency" text not null,
  "refundable" boolean not null,
  "orders_per_buyer_max" integer,
  "tickets_per_buyer_max" integer,
  "hold_seconds" integer,
  "status" text not null,
  "request_hash" text,
  "created_at" timestamp with time zone not null
);

create table "catalog"."outbox" (
  "position" bigint generated always as identity not null,
  "type" text not null,
  "key" text not null,
  "data" jsonb not null,
  "caused_by" text,
  "written_at" timestamp with time zone not null default clock_timestamp()
);

create table "catalog"."sent_messages" (
  "key" text not null,
  "position" bigint not null,
  "type" text not null,
  "detail" jsonb not null,
  "written_at" timestamp with time zone not null,
  "sent_at" timestamp with time zone not null default now(),
  "trace_id" text
);

create table "catalog"."ticket_types" (
  "event_id" uuid not null,
  "id" uuid not null,
  "position" integer not null,
  "name" text not null,
  "description" text not null,
  "unit_price" bigint not null,
  "capacity" integer not null,
  "tickets_per_order_max" integer not null,
  "valid_from" timestamp with time zone,
  "valid_until" timestamp with time zone,
  "seats_per_row" integer,
  "request_hash" text
);

CREATE UNIQUE INDEX event_staff_pkey ON catalog.event_staff USING btree (event_id, user_id);

CREATE INDEX events_by_banner ON catalog.events USING btree (banner_path) WHERE (status = 'published'::text);

CREATE INDEX events_of_organiser ON catalog.events USING btree (organiser_id, starts_at, id);

CREATE INDEX events_on_sale ON catalog.events USING btree (starts_at, id) WHERE (status = 'published'::text);

CREATE UNIQUE INDEX events_pkey ON catalog.events USING btree (id);

CREATE UNIQUE INDEX outbox_pkey ON catalog.outbox USING btree ("position");

CREATE INDEX sent_messages_by_time ON catalog.sent_messages USING brin (sent_at);

CREATE UNIQUE INDEX sent_messages_pkey ON catalog.sent_messages USING btree (key, "position");

CREATE UNIQUE INDEX ticket_types_pkey ON catalog.ticket_types USING btree (event_id, id);

alter table "catalog"."event_staff" add constraint "event_staff_pkey" PRIMARY KEY using index "event_staff_pkey";

alter table "catalog"."events" add constraint "events_pkey" PRIMARY KEY using index "events_pkey";

alter table "catalog"."outbox" add constraint "outbox_pkey" PRIMARY KEY using index "outbox_pkey";

alter table "catalog"."sent_messages" add constraint "sent_messages_pkey" PRIMARY KEY using index "sent_messages_pkey";

alter table "catalog"."ticket_types" add constraint "ticket_types_pkey" PRIMARY KEY using index "ticket_types_pkey";

alter table "catalog"."event_staff" add constraint "event_staff_event_id_fkey" FOREIGN KEY (event_id) REFERENCES catalog.events(id) not valid;

alter table "catalog"."event_staff" validate constraint "event_staff_event_id_fkey";

alter table "catalog"."events" add constraint "ends_after_start" CHECK ((ends_at > starts_at)) not valid;

alter table "catalog"."events" validate constraint "ends_after_start";

alter table "catalog"."events" add constraint "known_status" CHECK ((status = ANY (ARRAY['draft'::text, 'published'::text, 'cancelled'::text]))) not valid;

alter table "catalog"."events" validate constraint "known_status";

alter table "catalog"."ticket_types" add constraint "ticket_types_event_id_fkey" FOREIGN KEY (event_id) REFERENCES catalog.events(id) not valid;

alter table "catalog"."ticket_types" validate constraint "ticket_types_event_id_fkey";

alter table "catalog"."ticket_types" add constraint "window_in_order" CHECK ((valid_from < valid_until)) not valid;

alter table "catalog"."ticket_types" validate constraint "window_in_order";

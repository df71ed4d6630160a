create schema if not exists "integration";

create table "integration"."deliveries" (
  "id" uuid not null,
  "endpoint_id" uuid not null,
  "type" text not null,
  "body" text not null,
  "status" text not null,
  "attempts" integer not null default 0,
  "created_at" timestamp with time zone not null,
  "due_at" timestamp with time zone not null,
  "claimed_until" timestamp with time zone,
  "history" jsonb not null default '[]'::jsonb,
  "response" text
);

create table "integration"."endpoints" (
  "id" uuid not null,
  "owner_id" uuid not null,
  "url" text not null,
  "description" text not null,
  "types" text[] not null,
  "event_id" uuid,
  "all_events" boolean not null,
  "disabled" text,
  "failing_since" timestamp with time zone,
  "secret_version" integer not null,
  "former_secret_until" timestamp with time zone,
  "request_hash" text,
  "created_at" timestamp with time zone not null
);

create table "integration"."outbox" (
  "position" bigint generated always as identity not null,
  "type" text not null,
  "key" text not null,
  "data" jsonb not null,
  "caused_by" text,
  "written_at" timestamp with time zone not null default clock_timestamp()
);

create table "integration"."sent_messages" (
  "key" text not null,
  "position" bigint not null,
  "type" text not null,
  "detail" jsonb not null,
  "written_at" timestamp with time zone not null,
  "sent_at" timestamp with time zone not null default now(),
  "trace_id" text
);

CREATE INDEX deliveries_by_age ON integration.deliveries USING btree (created_at);

CREATE INDEX deliveries_due ON integration.deliveries USING btree (endpoint_id, due_at) WHERE (status = 'pending'::text);

CREATE INDEX deliveries_of_endpoint ON integration.deliveries USING btree (endpoint_id, created_at, id);

CREATE UNIQUE INDEX deliveries_pkey ON integration.deliveries USING btree (id);

CREATE INDEX deliveries_under_way ON integration.deliveries USING btree (endpoint_id) WHERE (claimed_until IS NOT NULL);

CREATE INDEX endpoints_of_all_events ON integration.endpoints USING btree (id) WHERE all_events;

CREATE INDEX endpoints_of_owner ON integration.endpoints USING btree (owner_id, created_at, id);

CREATE UNIQUE INDEX endpoints_pkey ON integration.endpoints USING btree (id);

CREATE UNIQUE INDEX outbox_pkey ON integration.outbox USING btree ("position");

CREATE INDEX sent_messages_by_time ON integration.sent_messages USING brin (sent_at);

CREATE UNIQUE INDEX sent_messages_pkey ON integration.sent_messages USING btree (key, "position");

alter table "integration"."deliveries" add constraint "deliveries_pkey" PRIMARY KEY using index "deliveries_pkey";

alter table "integration"."endpoints" add constraint "endpoints_pkey" PRIMARY KEY using index "endpoints_pkey";

alter table "integration"."outbox" add constraint "outbox_pkey" PRIMARY KEY using index "outbox_pkey";

alter table "integration"."sent_messages" add constraint "sent_messages_pkey" PRIMARY KEY using index "sent_messages_pkey";

alter table "integration"."deliveries" add constraint "deliveries_endpoint_id_fkey" FOREIGN KEY (endpoint_id) REFERENCES integration.endpoints(id) ON DELETE CASCADE not valid;

alter table "integration"."deliveries" validate constraint "deliveries_endpoint_id_fkey";

alter table "integration"."deliveries" add constraint "known_status" CHECK ((status = ANY (ARRAY['pending'::text, 'delivered'::text, 'failed'::text]))) not valid;

alter table "integration"."deliveries" validate constraint "known_status";

alter table "integration"."endpoints" add constraint "known_reason" CHECK ((disabled = ANY (ARRAY['by-owner'::text, 'gone'::text, 'failing'::text]))) not valid;

alter table "integration"."endpoints" validate constraint "known_reason";

create schema if not exists "notification";

create table "notification"."mails" (
  "id" uuid not null,
  "order_id" uuid,
  "recipient" text not null,
  "subject" text not null,
  "text_body" text not null,
  "html_body" text not null,
  "locale" text not null,
  "has_e_ticket" boolean not null,
  "status" text not null,
  "attempts" integer not null,
  "begun" integer not null default 0,
  "last_error" text,
  "claimed_until" timestamp with time zone,
  "created_at" timestamp with time zone not null,
  "handed_over_at" timestamp with time zone,
  "trace_id" text
);

CREATE INDEX mails_by_order ON notification.mails USING btree (order_id) WHERE (order_id IS NOT NULL);

CREATE INDEX mails_by_recipient ON notification.mails USING btree (lower(recipient), created_at, id);

CREATE INDEX mails_by_time ON notification.mails USING btree (created_at, id);

CREATE UNIQUE INDEX mails_pkey ON notification.mails USING btree (id);

CREATE INDEX mails_unsent ON notification.mails USING btree (status) WHERE (status = ANY (ARRAY['waiting'::text, 'failed'::text, 'doubtful'::text]));

alter table "notification"."mails" add constraint "mails_pkey" PRIMARY KEY using index "mails_pkey";

alter table "notification"."mails" add constraint "mails_status_check" CHECK ((status = ANY (ARRAY['waiting'::text, 'sent'::text, 'captured'::text, 'failed'::text, 'doubtful'::text]))) not valid;

alter table "notification"."mails" validate constraint "mails_status_check";

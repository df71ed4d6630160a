alter table "catalog"."event_staff" drop constraint "event_staff_event_id_fkey";

alter table "catalog"."events" drop constraint "ends_after_start";

alter table "catalog"."events" drop constraint "known_status";

alter table "catalog"."ticket_types" drop constraint "ticket_types_event_id_fkey";

alter table "catalog"."ticket_types" drop constraint "window_in_order";

alter table "catalog"."event_staff" drop constraint "event_staff_pkey";

alter table "catalog"."events" drop constraint "events_pkey";

alter table "catalog"."outbox" drop constraint "outbox_pkey";

alter table "catalog"."sent_messages" drop constraint "sent_messages_pkey";

alter table "catalog"."ticket_types" drop constraint "ticket_types_pkey";

drop index if exists "catalog"."event_staff_pkey";

drop index if exists "catalog"."events_by_banner";

drop index if exists "catalog"."events_of_organiser";

drop index if exists "catalog"."events_on_sale";

drop index if exists "catalog"."events_pkey";

drop index if exists "catalog"."outbox_pkey";

drop index if exists "catalog"."sent_messages_by_time";

drop index if exists "catalog"."sent_messages_pkey";

drop index if exists "catalog"."ticket_types_pkey";

drop table "catalog"."event_staff";

drop table "catalog"."events";

drop table "catalog"."outbox";

drop table "catalog"."sent_messages";

drop table "catalog"."ticket_types";

drop schema if exists "catalog";

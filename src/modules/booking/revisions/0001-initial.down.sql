alter table "booking"."orders" drop constraint "known_status";

alter table "booking"."stock" drop constraint "never_oversell";

alter table "booking"."events" drop constraint "events_pkey";

alter table "booking"."orders" drop constraint "orders_pkey";

alter table "booking"."outbox" drop constraint "outbox_pkey";

alter table "booking"."seats" drop constraint "seats_pkey";

alter table "booking"."sent_messages" drop constraint "sent_messages_pkey";

alter table "booking"."stock" drop constraint "stock_pkey";

drop index if exists "booking"."events_pkey";

drop index if exists "booking"."orders_due";

drop index if exists "booking"."orders_of_buyer_at_event";

drop index if exists "booking"."orders_of_user";

drop index if exists "booking"."orders_pkey";

drop index if exists "booking"."orders_refund_due";

drop index if exists "booking"."outbox_pkey";

drop index if exists "booking"."seats_pkey";

drop index if exists "booking"."sent_messages_by_time";

drop index if exists "booking"."sent_messages_pkey";

drop index if exists "booking"."stock_of_type";

drop index if exists "booking"."stock_pkey";

drop table "booking"."events";

drop table "booking"."orders";

drop table "booking"."outbox";

drop table "booking"."seats";

drop table "booking"."sent_messages";

drop table "booking"."stock";

drop sequence if exists "booking"."virtual_accounts";

drop schema if exists "booking";

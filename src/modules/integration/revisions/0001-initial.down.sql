alter table "integration"."deliveries" drop constraint "deliveries_endpoint_id_fkey";

alter table "integration"."deliveries" drop constraint "known_status";

alter table "integration"."endpoints" drop constraint "known_reason";

alter table "integration"."deliveries" drop constraint "deliveries_pkey";

alter table "integration"."endpoints" drop constraint "endpoints_pkey";

alter table "integration"."outbox" drop constraint "outbox_pkey";

alter table "integration"."sent_messages" drop constraint "sent_messages_pkey";

drop index if exists "integration"."deliveries_by_age";

drop index if exists "integration"."deliveries_due";

drop index if exists "integration"."deliveries_of_endpoint";

drop index if exists "integration"."deliveries_pkey";

drop index if exists "integration"."deliveries_under_way";

drop index if exists "integration"."endpoints_of_all_events";

drop index if exists "integration"."endpoints_of_owner";

drop index if exists "integration"."endpoints_pkey";

drop index if exists "integration"."outbox_pkey";

drop index if exists "integration"."sent_messages_by_time";

drop index if exists "integration"."sent_messages_pkey";

drop table "integration"."deliveries";

drop table "integration"."endpoints";

drop table "integration"."outbox";

drop table "integration"."sent_messages";

drop schema if exists "integration";

alter table "payment"."confirmations" drop constraint "confirmations_code_hash_key";

alter table "payment"."confirmations" drop constraint "confirmations_status_check";

alter table "payment"."payments" drop constraint "known_status";

alter table "payment"."webhooks" drop constraint "known_status";

alter table "payment"."webhooks" drop constraint "webhook_once";

alter table "payment"."confirmations" drop constraint "confirmations_pkey";

alter table "payment"."outbox" drop constraint "outbox_pkey";

alter table "payment"."payments" drop constraint "payments_pkey";

alter table "payment"."sent_messages" drop constraint "sent_messages_pkey";

alter table "payment"."webhooks" drop constraint "webhooks_pkey";

drop index if exists "payment"."confirmations_code_hash_key";

drop index if exists "payment"."confirmations_pkey";

drop index if exists "payment"."outbox_pkey";

drop index if exists "payment"."payments_by_status";

drop index if exists "payment"."payments_due";

drop index if exists "payment"."payments_of_order";

drop index if exists "payment"."payments_pkey";

drop index if exists "payment"."refunds_by_status";

drop index if exists "payment"."sent_messages_by_time";

drop index if exists "payment"."sent_messages_pkey";

drop index if exists "payment"."webhook_once";

drop index if exists "payment"."webhooks_by_status";

drop index if exists "payment"."webhooks_due";

drop index if exists "payment"."webhooks_pkey";

drop table "payment"."confirmations";

drop table "payment"."outbox";

drop table "payment"."payments";

drop table "payment"."sent_messages";

drop table "payment"."webhooks";

drop schema if exists "payment";

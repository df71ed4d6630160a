alter table "admission"."check_ins" drop constraint "check_ins_result_check";

alter table "admission"."tickets" drop constraint "tickets_order_id_fkey";

alter table "admission"."tickets" drop constraint "tickets_order_id_ticket_type_id_ordinal_key";

alter table "admission"."tickets" drop constraint "tickets_ordinal_check";

alter table "admission"."check_ins" drop constraint "check_ins_pkey";

alter table "admission"."orders" drop constraint "orders_pkey";

alter table "admission"."outbox" drop constraint "outbox_pkey";

alter table "admission"."sent_messages" drop constraint "sent_messages_pkey";

alter table "admission"."tickets" drop constraint "tickets_pkey";

drop index if exists "admission"."check_ins_by_time";

drop index if exists "admission"."check_ins_pkey";

drop index if exists "admission"."orders_pkey";

drop index if exists "admission"."outbox_pkey";

drop index if exists "admission"."sent_messages_by_time";

drop index if exists "admission"."sent_messages_pkey";

drop index if exists "admission"."tickets_by_event";

drop index if exists "admission"."tickets_order_id_ticket_type_id_ordinal_key";

drop index if exists "admission"."tickets_pkey";

drop table "admission"."check_ins";

drop table "admission"."orders";

drop table "admission"."outbox";

drop table "admission"."sent_messages";

drop table "admission"."tickets";

drop schema if exists "admission";

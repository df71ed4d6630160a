alter table "notification"."mails" drop constraint "mails_status_check";

alter table "notification"."mails" drop constraint "mails_pkey";

drop index if exists "notification"."mails_by_order";

drop index if exists "notification"."mails_by_recipient";

drop index if exists "notification"."mails_by_time";

drop index if exists "notification"."mails_pkey";

drop index if exists "notification"."mails_unsent";

drop table "notification"."mails";

drop schema if exists "notification";

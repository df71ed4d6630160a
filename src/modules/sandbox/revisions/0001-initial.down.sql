alter table "sandbox"."controls" drop constraint "controls_one_check";

alter table "sandbox"."deliveries" drop constraint "known_status";

alter table "sandbox"."payments" drop constraint "known_gateway";

alter table "sandbox"."payments" drop constraint "known_kind";

alter table "sandbox"."payments" drop constraint "known_status";

alter table "sandbox"."controls" drop constraint "controls_pkey";

alter table "sandbox"."deliveries" drop constraint "deliveries_pkey";

alter table "sandbox"."faults" drop constraint "faults_pkey";

alter table "sandbox"."kept_answers" drop constraint "kept_answers_pkey";

alter table "sandbox"."payments" drop constraint "payments_pkey";

drop index if exists "sandbox"."controls_pkey";

drop index if exists "sandbox"."deliveries_by_creation";

drop index if exists "sandbox"."deliveries_due";

drop index if exists "sandbox"."deliveries_of_payment";

drop index if exists "sandbox"."deliveries_pkey";

drop index if exists "sandbox"."faults_pkey";

drop index if exists "sandbox"."kept_answers_by_creation";

drop index if exists "sandbox"."kept_answers_pkey";

drop index if exists "sandbox"."one_charge_per_order";

drop index if exists "sandbox"."payments_by_creation";

drop index if exists "sandbox"."payments_by_number";

drop index if exists "sandbox"."payments_by_parent";

drop index if exists "sandbox"."payments_by_reference";

drop index if exists "sandbox"."payments_by_refund";

drop index if exists "sandbox"."payments_due";

drop index if exists "sandbox"."payments_pkey";

drop index if exists "sandbox"."refunds_due";

drop table "sandbox"."controls";

drop table "sandbox"."deliveries";

drop table "sandbox"."faults";

drop table "sandbox"."kept_answers";

drop table "sandbox"."payments";

drop schema if exists "sandbox";

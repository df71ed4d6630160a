alter table "sandbox"."deliveries" drop constraint "known_status";

alter table "sandbox"."invoices" drop constraint "known_status";

alter table "sandbox"."refunds" drop constraint "refunds_invoice_id_fkey";

alter table "sandbox"."deliveries" drop constraint "deliveries_pkey";

alter table "sandbox"."invoices" drop constraint "invoices_pkey";

alter table "sandbox"."refunds" drop constraint "refunds_pkey";

drop index if exists "sandbox"."deliveries_due";

drop index if exists "sandbox"."deliveries_pkey";

drop index if exists "sandbox"."invoices_by_external_id";

drop index if exists "sandbox"."invoices_due";

drop index if exists "sandbox"."invoices_pkey";

drop index if exists "sandbox"."refunds_due";

drop index if exists "sandbox"."refunds_of_invoice";

drop index if exists "sandbox"."refunds_pkey";

drop table "sandbox"."deliveries";

drop table "sandbox"."invoices";

drop table "sandbox"."refunds";

drop schema if exists "sandbox";

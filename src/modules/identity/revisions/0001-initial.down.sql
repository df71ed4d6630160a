drop trigger if exists "append_only" on "identity"."audit_log";

alter table "identity"."api_keys" drop constraint "api_keys_user_id_fkey";

alter table "identity"."id_cards" drop constraint "id_cards_content_type_check";

alter table "identity"."id_cards" drop constraint "id_cards_user_id_fkey";

alter table "identity"."login_failures" drop constraint "login_failures_failures_check";

alter table "identity"."sessions" drop constraint "sessions_generation_check";

alter table "identity"."sessions" drop constraint "sessions_user_id_fkey";

alter table "identity"."users" drop constraint "users_password_hash_check";

alter table "identity"."users" drop constraint "users_roles_check";

drop function if exists "identity"."refuse_change"();

alter table "identity"."api_keys" drop constraint "api_keys_pkey";

alter table "identity"."audit_log" drop constraint "audit_log_pkey";

alter table "identity"."id_cards" drop constraint "id_cards_pkey";

alter table "identity"."login_failures" drop constraint "login_failures_pkey";

alter table "identity"."sessions" drop constraint "sessions_pkey";

alter table "identity"."users" drop constraint "users_pkey";

drop index if exists "identity"."api_keys_pkey";

drop index if exists "identity"."api_keys_user";

drop index if exists "identity"."audit_log_by_time";

drop index if exists "identity"."audit_log_of_target";

drop index if exists "identity"."audit_log_of_user";

drop index if exists "identity"."audit_log_pkey";

drop index if exists "identity"."id_cards_pkey";

drop index if exists "identity"."login_failures_pkey";

drop index if exists "identity"."sessions_expiry";

drop index if exists "identity"."sessions_pkey";

drop index if exists "identity"."sessions_user";

drop index if exists "identity"."users_email";

drop index if exists "identity"."users_newest_first";

drop index if exists "identity"."users_pkey";

drop table "identity"."api_keys";

drop table "identity"."audit_log";

drop table "identity"."id_cards";

drop table "identity"."login_failures";

drop table "identity"."sessions";

drop table "identity"."users";

drop schema if exists "identity";

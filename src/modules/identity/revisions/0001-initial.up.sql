create schema if not exists "identity";

create table "identity"."api_keys" (
  "id" uuid not null,
  "user_id" uuid not null,
  "name" text not null,
  "scopes" text[] not null,
  "secret_hash" bytea not null,
  "created_at" timestamp with time zone not null,
  "last_used_at" timestamp with time zone,
  "revoked_at" timestamp with time zone
);

create table "identity"."audit_log" (
  "position" bigint generated always as identity not null,
  "at" timestamp with time zone not null,
  "user_id" uuid not null,
  "credential" text not null,
  "operation" text not null,
  "targets" text[] not null,
  "detail" jsonb not null,
  "status" integer not null,
  "request_id" text not null,
  "address" text not null
);

create table "identity"."id_cards" (
  "user_id" uuid not null,
  "content_type" text not null,
  "content" bytea not null,
  "kept_at" timestamp with time zone not null
);

create table "identity"."login_failures" (
  "email" text not null,
  "failures" integer not null,
  "since" timestamp with time zone not null
);

create table "identity"."sessions" (
  "id" uuid not null,
  "user_id" uuid not null,
  "generation" integer not null,
  "rotated_at" timestamp with time zone not null,
  "expires_at" timestamp with time zone not null,
  "ended_at" timestamp with time zone,
  "lasting" boolean not null default false
);

create table "identity"."users" (
  "id" uuid not null,
  "name" text not null,
  "email" text not null,
  "phone" text,
  "password_hash" text,
  "roles" text[] not null,
  "created_at" timestamp with time zone not null
);

CREATE UNIQUE INDEX api_keys_pkey ON identity.api_keys USING btree (id);

CREATE INDEX api_keys_user ON identity.api_keys USING btree (user_id);

CREATE INDEX audit_log_by_time ON identity.audit_log USING brin (at);

CREATE INDEX audit_log_of_target ON identity.audit_log USING gin (targets);

CREATE INDEX audit_log_of_user ON identity.audit_log USING btree (user_id, "position");

CREATE UNIQUE INDEX audit_log_pkey ON identity.audit_log USING btree ("position");

CREATE UNIQUE INDEX id_cards_pkey ON identity.id_cards USING btree (user_id);

CREATE UNIQUE INDEX login_failures_pkey ON identity.login_failures USING btree (email);

CREATE INDEX sessions_expiry ON identity.sessions USING btree (expires_at);

CREATE UNIQUE INDEX sessions_pkey ON identity.sessions USING btree (id);

CREATE INDEX sessions_user ON identity.sessions USING btree (user_id);

CREATE UNIQUE INDEX users_email ON identity.users USING btree (lower(email));

CREATE INDEX users_newest_first ON identity.users USING btree (created_at DESC, id DESC);

CREATE UNIQUE INDEX users_pkey ON identity.users USING btree (id);

alter table "identity"."api_keys" add constraint "api_keys_pkey" PRIMARY KEY using index "api_keys_pkey";

alter table "identity"."audit_log" add constraint "audit_log_pkey" PRIMARY KEY using index "audit_log_pkey";

alter table "identity"."id_cards" add constraint "id_cards_pkey" PRIMARY KEY using index "id_cards_pkey";

alter table "identity"."login_failures" add constraint "login_failures_pkey" PRIMARY KEY using index "login_failures_pkey";

alter table "identity"."sessions" add constraint "sessions_pkey" PRIMARY KEY using index "sessions_pkey";

alter table "identity"."users" add constraint "users_pkey" PRIMARY KEY using index "users_pkey";

alter table "identity"."api_keys" add constraint "api_keys_user_id_fkey" FOREIGN KEY (user_id) REFERENCES identity.users(id) not valid;

alter table "identity"."api_keys" validate constraint "api_keys_user_id_fkey";

alter table "identity"."id_cards" add constraint "id_cards_content_type_check" CHECK ((content_type = ANY (ARRAY['image/jpeg'::text, 'image/png'::text, 'image/webp'::text]))) not valid;

alter table "identity"."id_cards" validate constraint "id_cards_content_type_check";

alter table "identity"."id_cards" add constraint "id_cards_user_id_fkey" FOREIGN KEY (user_id) REFERENCES identity.users(id) ON DELETE CASCADE not valid;

alter table "identity"."id_cards" validate constraint "id_cards_user_id_fkey";

alter table "identity"."login_failures" add constraint "login_failures_failures_check" CHECK ((failures > 0)) not valid;

alter table "identity"."login_failures" validate constraint "login_failures_failures_check";

alter table "identity"."sessions" add constraint "sessions_generation_check" CHECK ((generation > 0)) not valid;

alter table "identity"."sessions" validate constraint "sessions_generation_check";

alter table "identity"."sessions" add constraint "sessions_user_id_fkey" FOREIGN KEY (user_id) REFERENCES identity.users(id) not valid;

alter table "identity"."sessions" validate constraint "sessions_user_id_fkey";

alter table "identity"."users" add constraint "users_password_hash_check" CHECK ((password_hash ~ '^\$(argon2id|2[aby])\$'::text)) not valid;

alter table "identity"."users" validate constraint "users_password_hash_check";

alter table "identity"."users" add constraint "users_roles_check" CHECK ((roles <@ ARRAY['buyer'::text, 'organiser'::text, 'staff'::text, 'admin'::text])) not valid;

alter table "identity"."users" validate constraint "users_roles_check";

CREATE OR REPLACE FUNCTION identity.refuse_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  raise exception 'the audit log is never changed';
end
$function$
;

CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON identity.audit_log FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

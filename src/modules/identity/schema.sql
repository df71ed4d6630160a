create schema identity;

create table identity.users (
  id uuid primary key,
  name text not null,
  email text not null,
  phone text,
  -- Null for a buyer who is known by e-mail alone and cannot log in. A bcrypt hash comes with an
  -- imported user and is replaced by an argon2id one at the first login.
  password_hash text check (password_hash ~ '^\$(argon2id|2[aby])\$'),
  roles text[] not null check (roles <@ array['buyer', 'organiser', 'staff', 'admin']),
  created_at timestamptz not null
);
create unique index users_email on identity.users (lower(email));
create index users_newest_first on identity.users (created_at desc, id desc);

-- A session is a family of refresh tokens, of which only the newest is good. A token names its
-- session and its generation and is signed, so that nothing of it need be kept here.
create table identity.sessions (
  id uuid primary key,
  user_id uuid not null references identity.users (id),
  generation integer not null check (generation > 0),
  rotated_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- Has one token, which stays good until the session ends.
  lasting boolean not null default false
);
create index sessions_user on identity.sessions (user_id);
create index sessions_expiry on identity.sessions (expires_at);

-- The failed logins of an account, or of an e-mail address that has none, since the first of them.
create table identity.login_failures (
  email text primary key,
  failures integer not null check (failures > 0),
  since timestamptz not null
);

create table identity.api_keys (
  id uuid primary key,
  user_id uuid not null references identity.users (id),
  name text not null,
  scopes text[] not null,
  secret_hash bytea not null,
  created_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_user on identity.api_keys (user_id);

-- What staff, organisers and administrators did or tried to do. Rows are added, and deleted when they
-- are old enough; none is ever changed.
create table identity.audit_log (
  position bigint generated always as identity primary key,
  at timestamptz not null,
  -- No reference: it is kept also when the user is not.
  user_id uuid not null,
  credential text not null,
  operation text not null,
  -- Public ids, in which their kind can be read.
  targets text[] not null,
  detail jsonb not null,
  status integer not null,
  request_id text not null,
  address text not null
);
create index audit_log_of_user on identity.audit_log (user_id, position);
create index audit_log_of_target on identity.audit_log using gin (targets);
create index audit_log_by_time on identity.audit_log using brin (at);

create function identity.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is never changed';
end
$$;
create trigger append_only before update or truncate on identity.audit_log
  for each statement execute function identity.refuse_change();
-- The picture of a user's identity card, one at most. Kept apart from users, which are read often.
create table identity.id_cards (
  user_id uuid primary key references identity.users (id) on delete cascade,
  content_type text not null check (content_type in ('image/jpeg', 'image/png', 'image/webp')),
  content bytea not null,
  kept_at timestamptz not null
);

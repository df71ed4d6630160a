// Made from schema.sql by `npm run db -- types`.

import type { ColumnType } from "kysely";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Json = JsonValue;

export type JsonArray = JsonValue[];

export type JsonObject = {
  [x: string]: JsonValue | undefined;
};

export type JsonPrimitive = boolean | number | string | null;

export type JsonValue = JsonArray | JsonObject | JsonPrimitive;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface IdentityApiKeys {
  created_at: Timestamp;
  id: string;
  last_used_at: Timestamp | null;
  name: string;
  revoked_at: Timestamp | null;
  scopes: string[];
  secret_hash: Buffer;
  user_id: string;
}

export interface IdentityAuditLog {
  address: string;
  at: Timestamp;
  credential: string;
  detail: Json;
  operation: string;
  position: Generated<number>;
  request_id: string;
  status: number;
  targets: string[];
  user_id: string;
}

export interface IdentityIdCards {
  content: Buffer;
  content_type: string;
  kept_at: Timestamp;
  user_id: string;
}

export interface IdentityLoginFailures {
  email: string;
  failures: number;
  since: Timestamp;
}

export interface IdentitySessions {
  ended_at: Timestamp | null;
  expires_at: Timestamp;
  generation: number;
  id: string;
  lasting: Generated<boolean>;
  rotated_at: Timestamp;
  user_id: string;
}

export interface IdentityUsers {
  created_at: Timestamp;
  email: string;
  id: string;
  name: string;
  password_hash: string | null;
  phone: string | null;
  roles: string[];
}

export interface Tables {
  "identity.api_keys": IdentityApiKeys;
  "identity.audit_log": IdentityAuditLog;
  "identity.id_cards": IdentityIdCards;
  "identity.login_failures": IdentityLoginFailures;
  "identity.sessions": IdentitySessions;
  "identity.users": IdentityUsers;
}

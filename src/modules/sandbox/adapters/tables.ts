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

export type Numeric = ColumnType<string, number | string, number | string>;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface SandboxControls {
  callback_urls: Generated<Json>;
  clock_ahead_seconds: Generated<number>;
  one: Generated<boolean>;
}

export interface SandboxDeliveries {
  attempts: Generated<number>;
  body: string;
  created_at: Timestamp;
  due_at: Timestamp;
  event: string;
  forged: boolean;
  gateway: string;
  id: string;
  leased_until: Timestamp | null;
  log: Generated<Json>;
  payment_id: string;
  reference: string;
  status: string;
  url: string;
  webhook_id: string | null;
}

export interface SandboxFaults {
  about: string | null;
  created_at: Timestamp;
  detail: Generated<Json>;
  fault: string;
  id: string;
  operation: string | null;
  times_left: number;
}

export interface SandboxKeptAnswers {
  answer: Json;
  created_at: Timestamp;
  key: string;
}

export interface SandboxPayments {
  amount: Numeric;
  channel: string | null;
  created_at: Timestamp;
  currency: string;
  expires_at: Timestamp;
  gateway: string;
  id: string;
  kind: string;
  money: Json | null;
  number: string | null;
  parent_id: string | null;
  reference: string;
  refund_due_at: Timestamp | null;
  refunds: Generated<Json>;
  request: Json;
  status: string;
  updated_at: Timestamp;
  version: Generated<number>;
  webhook_urls: string[] | null;
}

export interface Tables {
  "sandbox.controls": SandboxControls;
  "sandbox.deliveries": SandboxDeliveries;
  "sandbox.faults": SandboxFaults;
  "sandbox.kept_answers": SandboxKeptAnswers;
  "sandbox.payments": SandboxPayments;
}

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

export interface SandboxDeliveries {
  attempts: Generated<number>;
  created_at: Timestamp;
  due_at: Timestamp;
  id: string;
  log: Generated<Json>;
  payload: Json;
  status: Generated<string>;
}

export interface SandboxInvoices {
  amount: Numeric;
  created_at: Timestamp;
  currency: string;
  expires_at: Timestamp;
  external_id: string;
  id: string;
  payment: Json | null;
  request: Json;
  status: string;
  updated_at: Timestamp;
}

export interface SandboxRefunds {
  amount: Numeric;
  created_at: Timestamp;
  due_at: Timestamp;
  id: string;
  idempotency_key: string | null;
  invoice_id: string;
  reference_id: string;
  request: Json;
  status: string;
  updated_at: Timestamp;
}

export interface Tables {
  "sandbox.deliveries": SandboxDeliveries;
  "sandbox.invoices": SandboxInvoices;
  "sandbox.refunds": SandboxRefunds;
}

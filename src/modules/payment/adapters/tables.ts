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

export interface PaymentConfirmations {
  amount: number;
  code_hash: Buffer;
  currency: string;
  expires_at: Timestamp;
  order_id: string;
  payment_id: string;
  refunded_at: Timestamp | null;
  status: string;
}

export interface PaymentOutbox {
  caused_by: string | null;
  data: Json;
  key: string;
  position: Generated<number>;
  type: string;
  written_at: Generated<Timestamp>;
}

export interface PaymentPayments {
  account: string | null;
  amount: number | null;
  channel: string | null;
  check_at: Timestamp | null;
  created_at: Timestamp;
  currency: string | null;
  event_id: string | null;
  expires_at: Timestamp | null;
  gateway: string | null;
  gateway_id: string | null;
  history: Json;
  hold_seconds: number | null;
  id: string;
  instructions: Json | null;
  method: string | null;
  order_id: string;
  paid: Json | null;
  reference: string;
  refund: Json;
  refund_at: Timestamp | null;
  resolution: Json | null;
  reversible_seconds: number | null;
  settled_at: Timestamp | null;
  status: string;
  trace_parent: string | null;
}

export interface PaymentSentMessages {
  detail: Json;
  key: string;
  position: number;
  sent_at: Generated<Timestamp>;
  trace_id: string | null;
  type: string;
  written_at: Timestamp;
}

export interface PaymentWebhooks {
  attempts: Generated<number>;
  body: Buffer;
  error: string | null;
  gateway: string;
  headers: Json;
  id: string;
  processed_at: Timestamp | null;
  provider_key: string | null;
  received_at: Timestamp;
  retry_at: Timestamp | null;
  status: string;
}

export interface Tables {
  "payment.confirmations": PaymentConfirmations;
  "payment.outbox": PaymentOutbox;
  "payment.payments": PaymentPayments;
  "payment.sent_messages": PaymentSentMessages;
  "payment.webhooks": PaymentWebhooks;
}

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

export interface AdmissionCheckIns {
  event_id: string;
  id: string;
  result: string;
  scanned_at: Timestamp;
  scanned_by: string;
  ticket_id: string | null;
}

export interface AdmissionOrders {
  event_id: string;
  id: string;
  issued_at: Timestamp | null;
  revoked_at: Timestamp | null;
  snapshot: Json | null;
}

export interface AdmissionOutbox {
  caused_by: string | null;
  data: Json;
  key: string;
  position: Generated<number>;
  type: string;
  written_at: Generated<Timestamp>;
}

export interface AdmissionSentMessages {
  detail: Json;
  key: string;
  position: number;
  sent_at: Generated<Timestamp>;
  trace_id: string | null;
  type: string;
  written_at: Timestamp;
}

export interface AdmissionTickets {
  event_id: string;
  holder_name: string;
  id: string;
  issued_at: Timestamp;
  order_id: string;
  ordinal: number;
  redeemed_at: Timestamp | null;
  redeemed_by: string | null;
  revoked: Generated<boolean>;
  seat: string | null;
  ticket_type_id: string;
  ticket_type_name: string;
}

export interface Tables {
  "admission.check_ins": AdmissionCheckIns;
  "admission.orders": AdmissionOrders;
  "admission.outbox": AdmissionOutbox;
  "admission.sent_messages": AdmissionSentMessages;
  "admission.tickets": AdmissionTickets;
}

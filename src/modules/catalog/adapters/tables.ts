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

export interface CatalogEvents {
  banner_path: string | null;
  category: string;
  created_at: Timestamp;
  currency: string;
  description: string;
  ends_at: Timestamp | null;
  facilities: string[];
  hold_seconds: number | null;
  id: string;
  location: string;
  orders_per_buyer_max: number | null;
  organiser_id: string;
  refundable: boolean;
  request_hash: string | null;
  starts_at: Timestamp;
  status: string;
  tickets_per_buyer_max: number | null;
  time_zone: string;
  title: string;
  version: number;
}

export interface CatalogEventStaff {
  event_id: string;
  user_id: string;
}

export interface CatalogOutbox {
  caused_by: string | null;
  data: Json;
  key: string;
  position: Generated<number>;
  type: string;
  written_at: Generated<Timestamp>;
}

export interface CatalogSentMessages {
  detail: Json;
  key: string;
  position: number;
  sent_at: Generated<Timestamp>;
  trace_id: string | null;
  type: string;
  written_at: Timestamp;
}

export interface CatalogTicketTypes {
  capacity: number;
  description: string;
  event_id: string;
  id: string;
  name: string;
  position: number;
  request_hash: string | null;
  seats_per_row: number | null;
  tickets_per_order_max: number;
  unit_price: number;
  valid_from: Timestamp | null;
  valid_until: Timestamp | null;
}

export interface Tables {
  "catalog.event_staff": CatalogEventStaff;
  "catalog.events": CatalogEvents;
  "catalog.outbox": CatalogOutbox;
  "catalog.sent_messages": CatalogSentMessages;
  "catalog.ticket_types": CatalogTicketTypes;
}

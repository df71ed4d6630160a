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

export interface BookingEvents {
  event_id: string;
  offer: Json;
  offer_version: number;
  ticket_type_ids: string[];
}

export interface BookingOrders {
  buyer_email: string;
  buyer_locale: string;
  buyer_name: string;
  buyer_phone: string | null;
  buyer_user_id: string | null;
  closing: Generated<boolean>;
  currency: string;
  event_id: string;
  expires_at: Timestamp;
  former_payments: Generated<Json>;
  hold_seconds: number;
  id: string;
  items: Json;
  payment: Json | null;
  placed_at: Timestamp;
  quantity: number;
  request_hash: string | null;
  settled_payment_id: string | null;
  status: string;
  total: number;
  visit_date: string | null;
}

export interface BookingOutbox {
  caused_by: string | null;
  data: Json;
  key: string;
  position: Generated<number>;
  type: string;
  written_at: Generated<Timestamp>;
}

export interface BookingSeats {
  event_id: string;
  order_id: string | null;
  position: number;
  ticket_type_id: string;
}

export interface BookingSentMessages {
  detail: Json;
  key: string;
  position: number;
  sent_at: Generated<Timestamp>;
  trace_id: string | null;
  type: string;
  written_at: Timestamp;
}

export interface BookingStock {
  capacity: number;
  event_id: string;
  offer_version: number;
  seats_version: Generated<number>;
  taken: Generated<number>;
  ticket_type_id: string;
}

export interface Tables {
  "booking.events": BookingEvents;
  "booking.orders": BookingOrders;
  "booking.outbox": BookingOutbox;
  "booking.seats": BookingSeats;
  "booking.sent_messages": BookingSentMessages;
  "booking.stock": BookingStock;
}

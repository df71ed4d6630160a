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

export interface IntegrationDeliveries {
  attempts: Generated<number>;
  body: string;
  claimed_until: Timestamp | null;
  created_at: Timestamp;
  due_at: Timestamp;
  endpoint_id: string;
  history: Generated<Json>;
  id: string;
  response: string | null;
  status: string;
  type: string;
}

export interface IntegrationEndpoints {
  all_events: boolean;
  created_at: Timestamp;
  description: string;
  disabled: string | null;
  event_id: string | null;
  failing_since: Timestamp | null;
  former_secret_until: Timestamp | null;
  id: string;
  owner_id: string;
  request_hash: string | null;
  secret_version: number;
  types: string[];
  url: string;
}

export interface IntegrationOutbox {
  caused_by: string | null;
  data: Json;
  key: string;
  position: Generated<number>;
  type: string;
  written_at: Generated<Timestamp>;
}

export interface IntegrationSentMessages {
  detail: Json;
  key: string;
  position: number;
  sent_at: Generated<Timestamp>;
  trace_id: string | null;
  type: string;
  written_at: Timestamp;
}

export interface Tables {
  "integration.deliveries": IntegrationDeliveries;
  "integration.endpoints": IntegrationEndpoints;
  "integration.outbox": IntegrationOutbox;
  "integration.sent_messages": IntegrationSentMessages;
}

// Made from schema.sql by `npm run db -- types`.

import type { ColumnType } from "kysely";

export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;

export type Timestamp = ColumnType<Date, Date | string, Date | string>;

export interface NotificationMails {
  attempts: number;
  begun: Generated<number>;
  claimed_until: Timestamp | null;
  created_at: Timestamp;
  handed_over_at: Timestamp | null;
  has_e_ticket: boolean;
  html_body: string;
  id: string;
  last_error: string | null;
  locale: string;
  order_id: string | null;
  recipient: string;
  status: string;
  subject: string;
  text_body: string;
  trace_id: string | null;
}

export interface Tables {
  "notification.mails": NotificationMails;
}

create schema notification;

create table notification.mails (
  -- Made of the message it answers and its purpose, so that one message is one mail.
  id uuid primary key,
  order_id uuid,
  recipient text not null,
  subject text not null,
  text_body text not null,
  html_body text not null,
  locale text not null,
  -- The e-ticket of the order is attached when the mail is handed over; it is not kept here.
  has_e_ticket boolean not null,
  status text not null check (status in ('waiting', 'sent', 'captured', 'failed', 'doubtful')),
  attempts integer not null,
  -- Handovers begun of which it is not known, or not before they were over, what became of them.
  begun integer not null default 0,
  last_error text,
  -- Until then one process is handing it over and others keep off.
  claimed_until timestamptz,
  created_at timestamptz not null,
  handed_over_at timestamptz,
  trace_id text
);

create index mails_by_time on notification.mails (created_at, id);
create index mails_by_recipient on notification.mails (lower(recipient), created_at, id);
create index mails_by_order on notification.mails (order_id) where order_id is not null;
create index mails_unsent on notification.mails (status) where status in ('waiting', 'failed', 'doubtful');

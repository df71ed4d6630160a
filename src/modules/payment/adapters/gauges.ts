import type { DatabaseGauge } from '../../../platform/database-gauges.ts'

/** What payments and the inbox of webhooks say. */
export const paymentGauges: DatabaseGauge[] = [
  {
    name: 'karcis_payments',
    help: 'Payments by gateway and state; counted the more rarely the more there are.',
    labels: ['gateway', 'state'],
    sql: `select coalesce(gateway, 'none') as gateway, status as state, count(*) as value
          from payment.payments group by 1, 2`,
  },
  {
    name: 'karcis_payments_mismatched',
    help: 'Payments of another amount than was asked for; they wait for a person.',
    labels: [],
    sql: `select count(*) as value from payment.payments
          where status = 'mismatch' and refund ->> 'status' = 'none'`,
  },
  {
    name: 'karcis_refunds_due',
    help: 'Payments that the gateway could not give back; they wait for a person.',
    labels: [],
    sql: `select count(*) as value from payment.payments
          where refund ->> 'status' = 'failed' and refund_at is not null`,
  },
  {
    name: 'karcis_webhook_lag_seconds',
    help: 'How long the oldest webhook has waited that nothing was done about yet; 0 when there is none.',
    labels: [],
    sql: `select coalesce(extract(epoch from now() - min(received_at)), 0) as value
          from payment.webhooks where retry_at is not null and status = 'received'`,
  },
  {
    name: 'karcis_webhooks_waiting',
    help: 'Webhooks that will be taken up again, by what became of them so far.',
    labels: ['status'],
    sql: `select s.status, (select count(*) from payment.webhooks w
            where w.retry_at is not null and w.status = s.status) as value
          from (values ('received'), ('unknown'), ('unconfirmed'), ('failed')) s (status)`,
  },
  {
    name: 'karcis_webhooks_given_up',
    help: 'Webhooks that could not be acted on and wait for a person.',
    labels: [],
    sql: `select count(*) as value from payment.webhooks
          where status in ('unknown', 'unconfirmed', 'failed') and retry_at is null`,
  },
]

import type pg from 'pg'
import type { Queryable } from '../../../platform/postgres.ts'
import type { Persistence } from '../../../platform/postgres-store.ts'
import { currentTraceParent } from '../../../platform/tracing.ts'
import type { Payment, PaymentTerms } from '../domain/payment.ts'
import type { DuePayments } from '../ports.ts'

export const paymentPersistence: Persistence<Payment> = {
  schema: 'payment',
  name: 'payment',
  load,
  save,
}

type PaymentRow = {
  id: string
  reference: string
  order_id: string
  status: Payment['status']
  event_id: string | null
  gateway: string | null
  account: PaymentTerms['account']
  method: string | null
  channel: string | null
  amount: number | null
  currency: string | null
  hold_seconds: number | null
  reversible_seconds: number | null
  gateway_id: string | null
  instructions: Payment['instructions']
  expires_at: Date | null
  paid: Payment['paid']
  settled_at: Date | null
  refund: Payment['refund']
  refund_at: Date | null
  resolution: Payment['resolution']
  created_at: Date
  check_at: Date | null
  history: Payment['history']
}

async function load(client: Queryable, id: string): Promise<Payment | undefined> {
  const { rows } = await client.query<PaymentRow>('select * from payment.payments where id = $1', [
    id,
  ])
  return rows[0] && fromRow(rows[0])
}

function fromRow(row: PaymentRow): Payment {
  return {
    id: row.id,
    reference: row.reference,
    orderId: row.order_id,
    status: row.status,
    terms: termsOf(row),
    gatewayId: row.gateway_id,
    instructions: row.instructions,
    expiresAt: row.expires_at,
    paid: row.paid,
    settledAt: row.settled_at,
    refund: row.refund,
    refundAt: row.refund_at,
    resolution: row.resolution,
    createdAt: row.created_at,
    checkAt: row.check_at,
    history: row.history,
  }
}

function termsOf(row: PaymentRow): PaymentTerms | null {
  const { event_id, method, amount, currency } = row
  if (event_id === null || method === null || amount === null || currency === null) return null
  return {
    eventId: event_id,
    gateway: row.gateway,
    account: row.account,
    method,
    channel: row.channel,
    amount,
    currency,
    holdSeconds: row.hold_seconds ?? 0,
    reversibleSeconds: row.reversible_seconds ?? 0,
  }
}

async function save(client: Queryable, payment: Payment): Promise<void> {
  const { terms } = payment
  await client.query(
    `insert into payment.payments (id, reference, order_id, status, event_id, gateway, account,
       method, channel, amount, currency, hold_seconds, reversible_seconds, gateway_id,
       instructions, expires_at, paid, settled_at, refund, refund_at, resolution, created_at,
       check_at, history, trace_parent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, $22, $23, $24, $25)
     on conflict (id) do update set
       status = excluded.status, gateway_id = excluded.gateway_id,
       instructions = excluded.instructions, expires_at = excluded.expires_at,
       paid = excluded.paid, settled_at = excluded.settled_at, refund = excluded.refund,
       refund_at = excluded.refund_at, resolution = excluded.resolution,
       check_at = excluded.check_at, history = excluded.history`,
    [
      payment.id,
      payment.reference,
      payment.orderId,
      payment.status,
      terms?.eventId,
      terms?.gateway,
      terms?.account,
      terms?.method,
      terms?.channel,
      terms?.amount,
      terms?.currency,
      terms?.holdSeconds,
      terms?.reversibleSeconds,
      payment.gatewayId,
      payment.instructions,
      payment.expiresAt,
      payment.paid,
      payment.settledAt,
      payment.refund,
      payment.refundAt,
      payment.resolution,
      payment.createdAt,
      payment.checkAt,
      JSON.stringify(payment.history),
      currentTraceParent(),
    ],
  )
}

export function duePayments(pool: pg.Pool): DuePayments {
  return {
    async claim({ name, account }, at, until, countMax) {
      const { rows } = await pool.query<{ id: string }>(
        `update payment.payments set check_at = $3 where id in (
           select id from payment.payments
           where gateway = $1 and account = $5 and check_at <= $2
           order by check_at limit $4 for update skip locked
         ) returning id`,
        [name, at, until, countMax, account],
      )
      return rows.map((row) => row.id)
    },
  }
}

import type pg from 'pg'
import type { Queryable } from '../../../platform/postgres.ts'
import type { Persistence } from '../../../platform/postgres-store.ts'
import { currentTraceParent } from '../../../platform/tracing.ts'
import type { Payment } from '../domain/payment.ts'
import type { DuePayments } from '../ports.ts'

export const paymentPersistence: Persistence<Payment> = {
  schema: 'payment',
  name: 'payment',
  load,
  save,
}

type PaymentRow = {
  id: string
  order_id: string
  status: Payment['status']
  event_id: string | null
  gateway: string | null
  method: string | null
  amount: number | null
  currency: string | null
  gateway_id: string | null
  instructions: Payment['instructions']
  expires_at: Date | null
  paid: Payment['paid']
  refund: Payment['refund']
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
  const { event_id, method, amount, currency } = row
  const isRequested = event_id !== null && method !== null && amount !== null && currency !== null
  return {
    id: row.id,
    orderId: row.order_id,
    status: row.status,
    terms: isRequested
      ? { eventId: event_id, gateway: row.gateway, method, amount, currency }
      : null,
    gatewayId: row.gateway_id,
    instructions: row.instructions,
    expiresAt: row.expires_at,
    paid: row.paid,
    refund: row.refund,
    createdAt: row.created_at,
    checkAt: row.check_at,
    history: row.history,
  }
}

async function save(client: Queryable, payment: Payment): Promise<void> {
  const { terms } = payment
  await client.query(
    `insert into payment.payments (id, order_id, status, event_id, gateway, method, amount,
       currency, gateway_id, instructions, expires_at, paid, refund, created_at, check_at, history,
       trace_parent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
     on conflict (id) do update set
       status = excluded.status, gateway_id = excluded.gateway_id,
       instructions = excluded.instructions, expires_at = excluded.expires_at,
       paid = excluded.paid, refund = excluded.refund, check_at = excluded.check_at,
       history = excluded.history`,
    [
      payment.id,
      payment.orderId,
      payment.status,
      terms?.eventId,
      terms?.gateway,
      terms?.method,
      terms?.amount,
      terms?.currency,
      payment.gatewayId,
      payment.instructions,
      payment.expiresAt,
      payment.paid,
      payment.refund,
      payment.createdAt,
      payment.checkAt,
      JSON.stringify(payment.history),
      currentTraceParent(),
    ],
  )
}

export function duePayments(pool: pg.Pool): DuePayments {
  return {
    async claim(gateway, at, until, countMax) {
      const { rows } = await pool.query<{ id: string }>(
        `update payment.payments set check_at = $3 where id in (
           select id from payment.payments where gateway = $1 and check_at <= $2
           order by check_at limit $4 for update skip locked
         ) returning id`,
        [gateway, at, until, countMax],
      )
      return rows.map((row) => row.id)
    },
  }
}

import type pg from 'pg'
import type { TimelineEntry } from '../../../kernel/timeline.ts'
import { messagesAbout } from '../../../platform/sent-messages.ts'
import type { Payment } from '../domain/payment.ts'

/** What payment was told and did for an order, and what its gateway answered. */
export async function timelineOf(pool: pg.Pool, orderId: string): Promise<TimelineEntry[]> {
  type Row = Pick<Payment, 'history'> & { paymentId: string; gateway: string | null }
  const { rows } = await pool.query<Row>(
    `select id as "paymentId", gateway, history from payment.payments where order_id = $1
     order by created_at, id`,
    [orderId],
  )
  const steps = rows.flatMap(({ history, ...detail }) =>
    history.map(({ at, what }): TimelineEntry => ({
      at,
      kind: asked.includes(what) ? 'state' : 'gateway-call',
      what: asked.includes(what) ? `${what} accepted` : what,
      from: 'payment',
      detail,
    })),
  )
  return [...steps, ...(await messagesAbout(pool, 'payment', orderId))]
}

/** What a payment is told to do; everything else in its history is what its gateway made of it. */
const asked = ['request', 'cancel', 'refund']

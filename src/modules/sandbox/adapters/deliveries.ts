import type pg from 'pg'
import type { Delivery } from '../domain/delivery.ts'
import type { Deliveries } from '../ports.ts'

const columns =
  'id, webhook_id, payment_id, reference, gateway, event, url, body, forged, status, attempts, created_at, due_at'

/** Inserts the rows of a JSON parameter if the part of the statement named `made` did anything. */
export const insertDeliveries = (parameter: string, made?: string): string =>
  `insert into sandbox.deliveries (${columns})
   select ${columns} from jsonb_populate_recordset(null::sandbox.deliveries, ${parameter}::jsonb)
   ${made ? `where exists (select from ${made})` : ''}`

export const toDeliveryRow = (delivery: Delivery): Record<string, unknown> => ({
  id: delivery.id,
  webhook_id: delivery.webhookId,
  payment_id: delivery.paymentId,
  reference: delivery.reference,
  gateway: delivery.gateway,
  event: delivery.event,
  url: delivery.url,
  body: delivery.body,
  forged: delivery.forged,
  status: delivery.status,
  attempts: delivery.attempts,
  created_at: delivery.createdAt,
  due_at: delivery.dueAt,
})

export type DeliveryRow = {
  id: string
  webhook_id: string | null
  payment_id: string
  reference: string
  gateway: Delivery['gateway']
  event: string
  url: string
  body: string
  forged: boolean
  status: Delivery['status']
  attempts: number
  created_at: Date
  due_at: Date
  log: { at: string; outcome: number | string }[]
}

export const toDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  webhookId: row.webhook_id,
  paymentId: row.payment_id,
  reference: row.reference,
  gateway: row.gateway,
  event: row.event,
  url: row.url,
  body: row.body,
  forged: row.forged,
  status: row.status,
  attempts: row.attempts,
  createdAt: row.created_at,
  dueAt: row.due_at,
})

export function deliveries(pool: pg.Pool): Deliveries {
  return {
    async claim(at, countMax) {
      // A lease is about processes that die, so it runs by the real clock.
      const { rows } = await pool.query<DeliveryRow>({
        name: 'sandbox.claim',
        text: `update sandbox.deliveries
         set leased_until = now() + interval '1 minute', attempts = attempts + 1
         where id in (
           select id from sandbox.deliveries where status = 'pending' and due_at <= $1
             and (leased_until is null or leased_until < now())
           order by due_at limit $2 for update skip locked
         ) returning *`,
        values: [at, countMax],
      })
      return rows.map(toDelivery)
    },

    async claimThese(ids) {
      const { rows } = await pool.query<DeliveryRow>(
        `update sandbox.deliveries
         set leased_until = now() + interval '1 minute', attempts = attempts + 1
         where id = any ($1) and (leased_until is null or leased_until < now()) returning *`,
        [ids],
      )
      const claimed = rows.map(toDelivery)
      return claimed.sort((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id))
    },

    async pendingOf(paymentId, at) {
      const { rows } = await pool.query<{ id: string }>(
        `select id from sandbox.deliveries where status = 'pending' and due_at <= $2
           and payment_id in (select $1 union all
             select id from sandbox.payments where parent_id = $1)
         order by created_at, id`,
        [paymentId, at],
      )
      return rows.map(({ id }) => id)
    },

    async conclude(attempts) {
      if (attempts.length === 0) return
      const done = attempts.map(({ id, status, dueAt, at, outcome }) => ({
        id,
        status,
        due_at: dueAt,
        log: [{ at, outcome }],
      }))
      await pool.query({
        name: 'sandbox.conclude',
        text: `update sandbox.deliveries d
         set status = done.status, due_at = done.due_at, leased_until = null, log = d.log || done.log
         from jsonb_to_recordset($1::jsonb)
           as done (id uuid, status text, due_at timestamptz, log jsonb)
         where d.id = done.id`,
        values: [JSON.stringify(done)],
      })
    },

    async add(added) {
      await pool.query(insertDeliveries('$1'), [JSON.stringify(added.map(toDeliveryRow))])
    },
  }
}

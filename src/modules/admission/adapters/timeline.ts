import type pg from 'pg'
import type { TimelineEntry } from '../../../kernel/timeline.ts'
import { messagesAbout } from '../../../platform/sent-messages.ts'

type Step = { at: Date; what: string; ticketId: string | null }

/** What became of the tickets of an order. */
export async function timelineOf(pool: pg.Pool, orderId: string): Promise<TimelineEntry[]> {
  const { rows } = await pool.query<Step>(
    `select issued_at as at, 'tickets issued' as what, null::uuid as "ticketId"
     from admission.orders where id = $1 and issued_at is not null
     union all
     select revoked_at, 'tickets revoked', null
     from admission.orders where id = $1 and revoked_at is not null
     union all
     select redeemed_at, 'ticket redeemed', id
     from admission.tickets where order_id = $1 and redeemed_at is not null
     order by at`,
    [orderId],
  )
  const steps = rows.map(({ at, what, ticketId }): TimelineEntry => ({
    at: at.toISOString(),
    kind: 'state',
    what,
    from: 'admission',
    detail: ticketId === null ? {} : { ticketId },
  }))
  return [...steps, ...(await messagesAbout(pool, 'admission', orderId))]
}

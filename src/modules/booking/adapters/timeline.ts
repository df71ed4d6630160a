import type pg from 'pg'
import type { TimelineEntry } from '../../../kernel/timeline.ts'
import { messagesAbout } from '../../../platform/sent-messages.ts'
import type { Order } from '../domain/order.ts'

/** The states of an order and what booking said about it; the former are read from the latter. */
export async function timelineOf(pool: pg.Pool, order: Order): Promise<TimelineEntry[]> {
  let state = order.total > 0 ? 'pending' : 'paid'
  const entries = [stateEntry(order.placedAt.toISOString(), state)]
  for (const message of await messagesAbout(pool, 'booking', order.id)) {
    const { status } = message.detail
    if (typeof status === 'string' && status !== state) {
      state = status
      const { traceId } = message
      entries.push({ ...stateEntry(message.at, state), ...(traceId && { traceId }) })
    }
    entries.push(message)
  }
  return entries
}

const stateEntry = (at: string, what: string): TimelineEntry => ({
  at,
  kind: 'state',
  what,
  from: 'booking',
  detail: {},
})

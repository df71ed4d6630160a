import type pg from 'pg'
import { tracedBy } from './request-context.ts'
import type { TimelineEntry } from '../kernel/timeline.ts'

/**
 * What of a message is kept once it was sent. Short, because ten thousand may leave in a second,
 * and without names and addresses, because it outlives what it is about.
 */
export const detailOf = (data: string): string => `jsonb_strip_nulls(jsonb_build_object(
  'paymentId', ${data} -> 'paymentId', 'method', ${data} -> 'method', 'amount', ${data} -> 'amount',
  'reason', ${data} -> 'reason', 'status', ${data} -> 'order' -> 'status'))`

type MessageRow = {
  type: string
  detail: Record<string, unknown>
  written_at: Date
  sent_at: Date | null
  trace_id: string | null
}

/**
 * The messages with this key that a module wrote, oldest first. `sentAt` is null while a message
 * still waits in the outbox; those that were sent are forgotten after a while.
 */
export async function messagesAbout(
  pool: pg.Pool,
  schema: string,
  key: string,
): Promise<TimelineEntry[]> {
  const { rows } = await pool.query<MessageRow>(
    `select type, detail, written_at, sent_at, position, trace_id
     from ${schema}.sent_messages where key = $1
     union all
     select type, ${detailOf('data')}, written_at, null, position, ${tracedBy('caused_by')}
     from ${schema}.outbox where key = $1
     order by written_at, position`,
    [key],
  )
  return rows.map(({ type, detail, written_at, sent_at, trace_id }) => ({
    at: written_at.toISOString(),
    kind: 'message',
    what: type,
    from: schema,
    detail: { ...detail, sentAt: sent_at?.toISOString() ?? null },
    ...(trace_id !== null && { traceId: trace_id }),
  }))
}

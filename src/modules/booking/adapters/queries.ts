import type pg from 'pg'
import type { EventOffer } from '../../catalog/contract.ts'
import type { Order } from '../domain/order.ts'
import { seatLabel } from '../domain/seats.ts'
import { fromRow, type OrderRow } from './order-rows.ts'

/** Where a list goes on: behind this order. Lists of orders show the newest first. */
export type OrderCursor = { placedAt: Date; id: string }
type OrderFilter =
  { userId: string } | { eventId: string; email?: string | undefined; status?: string | undefined }

export async function listOrders(
  pool: pg.Pool,
  filter: OrderFilter,
  after: OrderCursor | undefined,
  limit: number,
): Promise<Order[]> {
  const conditions: string[] = []
  const values: unknown[] = []
  const where = (sql: string, ...given: unknown[]) => {
    conditions.push(sql.replaceAll('?', () => `$${values.push(given.shift())}`))
  }
  if ('userId' in filter) where('buyer_user_id = ?', filter.userId)
  else {
    where('event_id = ?', filter.eventId)
    if (filter.email !== undefined) where('buyer_email = ?', filter.email.toLowerCase())
    if (filter.status !== undefined) where('status = ?', filter.status)
  }
  if (after) where('(placed_at, id) < (?, ?)', after.placedAt, after.id)
  const { rows } = await pool.query<OrderRow>(
    `select * from booking.orders where ${conditions.join(' and ')}
     order by placed_at desc, id desc limit ${limit}`,
    values,
  )
  return rows.map(fromRow)
}

/** Every seat of a ticket type with whether it is free; undefined when it has no numbered seats. */
export async function listSeats(
  pool: pg.Pool,
  eventId: string,
  ticketTypeId: string,
): Promise<{ label: string; free: boolean }[] | undefined> {
  const { rows: events } = await pool.query<{ offer: EventOffer }>(
    'select offer from booking.events where event_id = $1',
    [eventId],
  )
  const type = events[0]?.offer.ticketTypes.find((one) => one.ticketTypeId === ticketTypeId)
  if (!type || type.seatsPerRow === null) return undefined
  const { seatsPerRow } = type
  const { rows } = await pool.query<{ position: number; free: boolean }>(
    `select position, order_id is null as free from booking.seats
     where event_id = $1 and ticket_type_id = $2 order by position`,
    [eventId, ticketTypeId],
  )
  return rows.map(({ position, free }) => ({ label: seatLabel(position, seatsPerRow), free }))
}

import type pg from 'pg'
import { typedQueries } from '../../../platform/typed-queries.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { Order } from '../domain/order.ts'
import { seatLabel } from '../domain/seats.ts'
import { fromRow, type OrderRow } from './order-rows.ts'
import type { Tables } from './tables.ts'

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
  const tables = await typedQueries<Tables>(pool)
  let orders = tables.selectFrom('booking.orders').selectAll()
  if ('userId' in filter) orders = orders.where('buyer_user_id', '=', filter.userId)
  else {
    const { eventId, email, status } = filter
    orders = orders.where('event_id', '=', eventId)
    if (email !== undefined) orders = orders.where('buyer_email', '=', email.toLowerCase())
    if (status !== undefined) orders = orders.where('status', '=', status)
  }
  if (after) {
    orders = orders.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('placed_at', 'id'), '<', tuple(after.placedAt, after.id)),
    )
  }
  const rows = await orders
    .orderBy('placed_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .$castTo<OrderRow>()
    .execute()
  return rows.map(fromRow)
}

/** Another text whenever the order was written; undefined when there is no such order. */
export async function versionOfOrder(pool: pg.Pool, orderId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ version: string }>(
    'select xmin::text as version from booking.orders where id = $1',
    [orderId],
  )
  return rows[0]?.version
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

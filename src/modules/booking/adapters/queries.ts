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

/** A ticket type that is on sale now, with what is left of it. */
export type OnSale = {
  eventId: string
  ticketTypeId: string
  name: string
  unitPrice: number
  left: number
  validFrom: Date | null
  validUntil: Date | null
}

/** The ticket types within their sales windows, of one event or of all, those that start first. */
export async function listOnSale(
  pool: pg.Pool,
  eventId: string | undefined,
  limit: number,
): Promise<OnSale[]> {
  const { rows } = await pool.query<OnSale>(
    `select e.event_id as "eventId", t.id as "ticketTypeId", t.name, t.price as "unitPrice",
            s.capacity - s.taken as left, t.valid_from as "validFrom", t.valid_until as "validUntil"
     from booking.events e
     cross join lateral (select (e.offer ->> 'startsAt')::timestamptz as starts_at,
                                (e.offer ->> 'endsAt')::timestamptz as ends_at) at
     cross join rows from (
       jsonb_to_recordset(e.offer -> 'ticketTypes') as ("ticketTypeId" uuid, name text,
         "unitPrice" bigint, "validFrom" timestamptz, "validUntil" timestamptz)
     ) with ordinality as t (id, name, price, valid_from, valid_until, place)
     join booking.stock s on s.event_id = e.event_id and s.ticket_type_id = t.id
     where e.offer ->> 'status' = 'published' and ($1::uuid is null or e.event_id = $1)
       and coalesce(at.ends_at, at.starts_at + interval '24 hours') > clock_timestamp()
       and (t.valid_from is null or t.valid_from <= clock_timestamp())
       and (t.valid_until is null or t.valid_until > clock_timestamp())
     order by at.starts_at, e.event_id, t.place limit $2`,
    [eventId, limit],
  )
  return rows
}

/** The events that sell these ticket types, each once. */
export async function eventsOfTicketTypes(
  pool: pg.Pool,
  ticketTypeIds: readonly string[],
): Promise<string[]> {
  const { rows } = await pool.query<{ eventId: string }>(
    'select distinct event_id as "eventId" from booking.stock where ticket_type_id = any($1::uuid[])',
    [ticketTypeIds],
  )
  return rows.map(({ eventId }) => eventId)
}

/**
 * Every ticket type an event ever had, in the order in which they were first offered; undefined
 * for an event that is not sold here. The place of one in this list never changes.
 */
export async function ticketTypesEverOffered(
  pool: pg.Pool,
  eventId: string,
): Promise<string[] | undefined> {
  const { rows } = await pool.query<{ ids: string[] }>(
    'select ticket_type_ids as ids from booking.events where event_id = $1',
    [eventId],
  )
  return rows[0]?.ids
}

/** As `BookingApi.leftOf` promises it. */
export async function leftOf(
  pool: pg.Pool,
  eventIds: readonly string[],
): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ eventId: string; left: number }>(
    `select event_id as "eventId", sum(capacity - taken)::integer as left
     from booking.stock where event_id = any($1::uuid[]) group by event_id`,
    [eventIds],
  )
  return Object.fromEntries(rows.map(({ eventId, left }) => [eventId, left]))
}

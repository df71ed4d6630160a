import type pg from 'pg'
import type { Redemption } from '../contract.ts'
import type { OrderSnapshot } from '../../booking/contract.ts'
import type { Ticket } from '../domain/check-in.ts'

/** A `Ticket`, as columns of `admission.tickets`. */
export const ticketColumns = `id, event_id as "eventId", ticket_type_id as "ticketTypeId",
  ticket_type_name as "ticketTypeName", ordinal, seat, holder_name as "holderName", revoked,
  redeemed_at as "redeemedAt"`

/** The tickets of an order in the order's own sequence, revoked ones included. */
export async function ticketsOfOrder(pool: pg.Pool, orderId: string): Promise<Ticket[]> {
  const { rows } = await pool.query<Ticket>(
    `select ${ticketColumns} from admission.tickets where order_id = $1 order by ordinal`,
    [orderId],
  )
  return rows
}

/** The order as it was when its tickets were issued. */
export async function issuedOrder(
  pool: pg.Pool,
  orderId: string,
): Promise<{ order: OrderSnapshot; issuedAt: Date } | undefined> {
  const { rows } = await pool.query<{ order: OrderSnapshot; issuedAt: Date }>(
    `select snapshot as "order", issued_at as "issuedAt" from admission.orders
     where id = $1 and snapshot is not null`,
    [orderId],
  )
  return rows[0]
}

export type CheckInCount = {
  ticketTypeId: string
  name: string
  /** Tickets that are not revoked, used or not. */
  issued: number
  /** How many of them were let in. */
  redeemed: number
}

/** How far the doors of an event are, per ticket type. */
export async function countCheckIns(pool: pg.Pool, eventId: string): Promise<CheckInCount[]> {
  const { rows } = await pool.query<CheckInCount>(
    `select ticket_type_id as "ticketTypeId", max(ticket_type_name) as name,
            count(*) as issued, count(redeemed_at) as redeemed
     from admission.tickets where event_id = $1 and not revoked
     group by ticket_type_id order by name, ticket_type_id`,
    [eventId],
  )
  return rows
}

export async function redemptionsOf(
  pool: pg.Pool,
  eventId: string,
  timeZone: string,
): Promise<Redemption[]> {
  const { rows } = await pool.query<Redemption>(
    `select (redeemed_at at time zone $2)::date as day, ticket_type_id as "ticketTypeId",
            max(ticket_type_name) as name, count(*) as redeemed
     from admission.tickets where event_id = $1 and redeemed_at is not null
     group by day, ticket_type_id`,
    [eventId, timeZone],
  )
  return rows
}

export type Attendee = Ticket & {
  orderId: string
  issuedAt: Date
  buyerEmail: string
  buyerPhone: string | null
}

/**
 * Every ticket of an event with its buyer, some at a time, by ticket type. No connection is held
 * between two chunks, however slow the reader.
 */
export async function* attendeesOf(
  pool: pg.Pool,
  eventId: string,
  chunkMax = 1_000,
): AsyncGenerator<Attendee[]> {
  let after: Attendee | undefined
  for (;;) {
    const { rows } = await pool.query<Attendee>(
      `select ${ticketColumns}, order_id as "orderId", issued_at as "issuedAt",
              o.buyer ->> 'email' as "buyerEmail", o.buyer ->> 'phone' as "buyerPhone"
       from admission.tickets cross join lateral (
         select snapshot -> 'buyer' as buyer from admission.orders where orders.id = order_id
       ) o
       where event_id = $1 and (ticket_type_id, id) > ($2, $3)
       order by ticket_type_id, id limit $4`,
      [eventId, after?.ticketTypeId ?? noId, after?.id ?? noId, chunkMax],
    )
    if (rows.length > 0) yield rows
    if (rows.length < chunkMax) return
    after = rows.at(-1)
  }
}

const noId = '00000000-0000-0000-0000-000000000000'

import type pg from 'pg'
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

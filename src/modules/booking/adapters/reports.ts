import type pg from 'pg'
import type { Order } from '../domain/order.ts'
import type { Sale } from '../domain/sales-report.ts'
import { fromRow, type OrderRow } from './order-rows.ts'

/** What became of an event's orders, by ticket type and day of placing in a time zone. */
export async function salesOf(pool: pg.Pool, eventId: string, timeZone: string): Promise<Sale[]> {
  const { rows } = await pool.query<Sale>(
    `select (placed_at at time zone $2)::date as day, "ticketTypeId", max(name) as name,
       sum(quantity) filter (where fate = 'sold') as sold,
       sum(quantity) filter (where fate = 'held') as held,
       sum(quantity) filter (where fate = 'cancelled') as cancelled,
       sum(quantity) filter (where fate = 'refunded') as refunded,
       sum(amount) filter (where fate in ('sold', 'refunded')) as gross,
       sum(amount) filter (where fate = 'refunded') as "refundedAmount"
     from (
       select o.placed_at, item."ticketTypeId", item.name, item.quantity,
         item.quantity * item."unitPrice" as amount,
         case when o.status = 'paid' then 'sold' when o.status = 'pending' then 'held'
           when o.status in ('cancelled', 'expired') then 'cancelled' else 'refunded' end as fate
       from booking.orders o cross join lateral jsonb_to_recordset(o.items)
         as item("ticketTypeId" uuid, name text, quantity bigint, "unitPrice" bigint)
       where o.event_id = $1
     ) items
     group by day, "ticketTypeId"`,
    [eventId, timeZone],
  )
  return rows.map(({ day, ticketTypeId, name, ...figures }) => ({
    day,
    ticketTypeId,
    name,
    sold: Number(figures.sold),
    held: Number(figures.held),
    cancelled: Number(figures.cancelled),
    refunded: Number(figures.refunded),
    gross: Number(figures.gross),
    refundedAmount: Number(figures.refundedAmount),
  }))
}

/**
 * Every order of an event, some at a time, sorted by the buyer's e-mail address: the order in which
 * an index has them. No connection is held between two chunks, however slow the reader.
 */
export async function* ordersOfEvent(
  pool: pg.Pool,
  eventId: string,
  chunkMax = 1_000,
): AsyncGenerator<Order[]> {
  let after: OrderRow | undefined
  for (;;) {
    const { rows } = await pool.query<OrderRow>(
      `select * from booking.orders
       where event_id = $1 and (buyer_email, id) > ($2, $3)
       order by buyer_email, id limit $4`,
      [eventId, after?.buyer_email ?? '', after?.id ?? noId, chunkMax],
    )
    if (rows.length > 0) yield rows.map(fromRow)
    if (rows.length < chunkMax) return
    after = rows.at(-1)
  }
}

const noId = '00000000-0000-0000-0000-000000000000'

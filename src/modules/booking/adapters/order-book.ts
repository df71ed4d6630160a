import assert from 'node:assert'
import type pg from 'pg'
import { ok } from '../../../kernel/result.ts'
import { writeMessages } from '../../../platform/outbox.ts'
import { transaction, type Queryable } from '../../../platform/postgres.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { BookingMessage } from '../contract.ts'
import { isLive, type Order } from '../domain/order.ts'
import type { FoundOrder, OrderBook } from '../ports.ts'
import { noteGuardTrip } from './desk-metrics.ts'
import { timelineOf } from './timeline.ts'
import { fromRow, orderColumns, toRow, type OrderRow } from './order-rows.ts'

type Change = { before: Order; after: Order; messages: BookingMessage[] }
type FoundRow = OrderRow & { offer: EventOffer; now: Date }

const ordersPerRun = 1_000

/**
 * The orders on PostgreSQL. Every transaction locks in one order: first the orders it changes,
 * then the stock rows whose counters follow, sorted by id. The desk locks stock only, so the two
 * never wait for each other in a circle.
 */
export function postgresOrderBook(pool: pg.Pool): OrderBook {
  return {
    async find(orderId) {
      const { rows } = await pool.query<OrderRow>('select * from booking.orders where id = $1', [
        orderId,
      ])
      return rows[0] && fromRow(rows[0])
    },

    timelineOf: (order) => timelineOf(pool, order),

    update: (orderId, decide, options) =>
      transaction(pool, async (client) => {
        const { rows } = await client.query<FoundRow>(
          `${lockOrders} where o.id = $1 for update of o`,
          [orderId],
        )
        const found = rows[0] && (await toFound(client, rows[0], options?.mayRetake ?? false))
        const decision = decide(found)
        if (!decision.ok) return decision
        assert(found, 'nothing can be decided about an order that does not exist')
        const { state, messages } = decision.value
        await save(client, [{ before: found.order, after: state, messages }])
        return ok(state)
      }),

    updateSome: (which, decide) =>
      transaction(pool, async (client) => {
        const { rows } = await client.query<FoundRow>(...whichOrders(which))
        const changes = rows.flatMap((row): Change[] => {
          const order = fromRow(row)
          const decision = decide({ order, event: row.offer, now: row.now, canRetake: false })
          if (!decision.ok) return []
          return [{ before: order, after: decision.value.state, messages: decision.value.messages }]
        })
        await save(client, changes)
        return rows.length
      }),
  }
}

const lockOrders = `select o.*, e.offer, clock_timestamp() as now
  from booking.orders o join booking.events e using (event_id)`

function whichOrders(which: Parameters<OrderBook['updateSome']>[0]): [string, unknown[]] {
  if (which === 'due') {
    return [
      `${lockOrders} where o.status = 'pending' and o.expires_at <= clock_timestamp()
       order by o.expires_at limit ${ordersPerRun} for update of o skip locked`,
      [],
    ]
  }
  return [
    `${lockOrders} where o.event_id = $1 and o.status in ('pending', 'paid')
     order by o.id limit ${ordersPerRun} for update of o`,
    [which.liveOrdersOf],
  ]
}

async function toFound(client: Queryable, row: FoundRow, mayRetake: boolean): Promise<FoundOrder> {
  const order = fromRow(row)
  const canRetake =
    mayRetake &&
    order.status === 'expired' &&
    (await isStockFree(client, order)) &&
    (await isWithinLimits(client, order, row.offer))
  return { order, event: row.offer, now: row.now, canRetake }
}

async function isStockFree(client: Queryable, order: Order): Promise<boolean> {
  await lockStock(client, [order])
  const { rows } = await client.query<{ free: boolean }>(
    `select bool_and(coalesce(s.taken + (i ->> 'quantity')::integer <= s.capacity and (
        select count(*) from booking.seats
        where event_id = s.event_id and ticket_type_id = s.ticket_type_id and order_id is null
          and position in (select jsonb_array_elements_text(i -> 'seats')::integer)
      ) = jsonb_array_length(i -> 'seats'), false)) as free
     from jsonb_array_elements($2::jsonb) i
     left join booking.stock s
       on s.event_id = $1 and s.ticket_type_id = (i ->> 'ticketTypeId')::uuid`,
    [order.eventId, JSON.stringify(order.items)],
  )
  return rows[0]?.free ?? false
}

/** Whether the buyer, who may have bought again since, may still have this order as well. */
async function isWithinLimits(
  client: Queryable,
  { eventId, quantity, buyer }: Order,
  { ordersPerBuyerMax, ticketsPerBuyerMax }: EventOffer,
): Promise<boolean> {
  const { rows } = await client.query<{ within: boolean }>(
    `select count(*) < coalesce($3::integer, 2147483647)
        and coalesce(sum(quantity), 0) + $5::integer <= coalesce($4::integer, 2147483647) as within
     from booking.orders
     where event_id = $1 and buyer_email = $2 and status in ('pending', 'paid')`,
    [eventId, buyer.email, ordersPerBuyerMax, ticketsPerBuyerMax, quantity],
  )
  return rows[0]?.within ?? false
}

async function lockStock(client: Queryable, orders: Order[]): Promise<void> {
  const events = orders.map((order) => order.eventId)
  await client.query(
    `select from booking.stock where event_id = any($1::uuid[])
     order by event_id, ticket_type_id for update`,
    [[...new Set(events)]],
  )
}

/** Writes orders, their messages, and what their new status means for stock and seats. */
async function save(client: Queryable, changes: Change[]): Promise<void> {
  const changed = changes.filter(({ before, after }) => after !== before)
  if (changed.length > 0) {
    await client.query(
      `update booking.orders o set status = v.status, payment = v.payment, former_payments = v.former_payments,
         settled_payment_id = v.settled_payment_id, expires_at = v.expires_at, closing = v.closing
       from json_to_recordset($1) as v(${orderColumns}) where o.id = v.id`,
      [JSON.stringify(changed.map(({ after }) => toRow(after)))],
    )
  }
  const released = changed.filter(
    ({ before, after }) => isLive(before.status) && !isLive(after.status),
  )
  const retaken = changed.filter(
    ({ before, after }) => !isLive(before.status) && isLive(after.status),
  )
  await moveStock(
    client,
    released.map(({ after }) => after),
    -1,
  )
  await moveStock(
    client,
    retaken.map(({ after }) => after),
    1,
  )
  await writeMessages(
    client,
    'booking',
    changes.flatMap(({ messages }) => messages),
  )
}

/** Takes (1) or sets free (-1) the stock and the seats of orders. */
async function moveStock(client: Queryable, orders: Order[], direction: 1 | -1): Promise<void> {
  if (orders.length === 0) return
  // The planner takes the seats of a batch for many more than they are and reads all there are of
  // the event: three quarters of the time that 100,000 holds took to end.
  await client.query(
    `select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
  )
  await lockStock(client, orders)
  const items = orders.flatMap(({ id, eventId, items }) =>
    items.map((item) => ({
      order_id: id,
      event_id: eventId,
      ticket_type_id: item.ticketTypeId,
      tickets: item.quantity * direction,
      seats: item.seats,
    })),
  )
  const { rows } = await client
    .query<{
      wanted: number
      moved: number
      types: number
      counted: number
    }>(
      `with items as materialized (
       select * from json_to_recordset($1) as i(order_id uuid, event_id uuid, ticket_type_id uuid,
         tickets integer, seats jsonb)
     ), wanted as materialized (
       select order_id, event_id, ticket_type_id, jsonb_array_elements_text(seats)::integer as position
       from items
     ), moved as (
       update booking.seats s set order_id = case when $2 > 0 then w.order_id end
       from wanted w
       where s.event_id = w.event_id and s.ticket_type_id = w.ticket_type_id
         and s.position = w.position
         and s.order_id is not distinct from case when $2 < 0 then w.order_id end
       returning 1
     ), counted as (
       update booking.stock s
       set taken = s.taken + i.tickets, seats_version = s.seats_version + i.seated
       from (
         select event_id, ticket_type_id, sum(tickets) as tickets,
                max(case when seats = '[]' then 0 else 1 end) as seated
         from items group by event_id, ticket_type_id
       ) i
       where s.event_id = i.event_id and s.ticket_type_id = i.ticket_type_id
       returning 1
     )
     select (select count(*) from wanted) as wanted, (select count(*) from moved) as moved,
       (select count(distinct (event_id, ticket_type_id)) from items) as types,
       (select count(*) from counted) as counted`,
      [JSON.stringify(items), direction],
    )
    .catch((error: unknown) => {
      noteGuardTrip(error)
      throw error
    })
  const { wanted, moved, types, counted } = rows[0]!
  if (moved !== wanted) throw new Error(`${wanted} seats were to change hands, ${moved} did`)
  if (counted !== types)
    throw new Error(`stock of ${types} types was to change, of ${counted} it did`)
}

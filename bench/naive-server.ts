import type pg from 'pg'
import { writeMessages } from '../src/platform/outbox.ts'
import { openPool, transaction } from '../src/platform/postgres.ts'
import { serveOrders, totalOf, type AskedOrder } from './order-server.ts'

// What one would write first, and correct: each order in a transaction of its own, which locks the
// stock it takes from. Where there is a choice it is the faster one, as this is what to beat.
const pool = openPool(process.env['DATABASE_URL'] ?? '', 40)
await serveOrders((order) => transaction(pool, (client) => placeOrder(client, order)))

async function placeOrder(client: pg.PoolClient, order: AskedOrder): Promise<string[][]> {
  const { eventId } = order.offer
  const typeIds = order.items.map(({ ticketType }) => ticketType.ticketTypeId)
  const { rows } = await client.query<StockRow>({
    name: 'lock-stock',
    text: `select ticket_type_id, capacity, taken from booking.stock
     where event_id = $1 and ticket_type_id = any($2) order by ticket_type_id for update`,
    values: [eventId, typeIds],
  })
  const stock = new Map(rows.map((row) => [row.ticket_type_id, row]))
  const takenOf = ({ ticketType, quantity }: AskedOrder['items'][number]): number => {
    const row = stock.get(ticketType.ticketTypeId)
    if (!row || row.taken + quantity > row.capacity) throw new Error('sold out')
    return row.taken
  }
  const positions = order.items.map((item) => nextSeats(item, takenOf(item)))
  await client.query({
    name: 'take-stock',
    text: `update booking.stock s set taken = taken + quantity
     from unnest($2::uuid[], $3::int[]) as item (ticket_type_id, quantity)
     where s.event_id = $1 and s.ticket_type_id = item.ticket_type_id`,
    values: [eventId, typeIds, order.items.map(({ quantity }) => quantity)],
  })
  await takeSeats(client, order, positions)
  await insertOrder(client, order, positions)
  if (order.payment) await writeMessages(client, 'booking', [paymentRequest(order, order.payment)])
  return positions.map((seats) => seats.map((position) => `Seat-${position}`))
}

type StockRow = { ticket_type_id: string; capacity: number; taken: number }

/** No seat comes back during a load, so the counter under lock also says which seats are free. */
function nextSeats({ ticketType, quantity }: AskedOrder['items'][number], taken: number): number[] {
  if (ticketType.seatsPerRow === null) return []
  return Array.from({ length: quantity }, (_, i) => taken + 1 + i)
}

async function takeSeats(
  client: pg.PoolClient,
  { id, offer, items }: AskedOrder,
  positions: number[][],
): Promise<void> {
  const seats = positions.flatMap((list, i) =>
    list.map((position) => ({ typeId: items[i]?.ticketType.ticketTypeId, position })),
  )
  if (seats.length === 0) return
  const { rowCount } = await client.query({
    name: 'take-seats',
    text: `update booking.seats s set order_id = $1
     from unnest($3::uuid[], $4::int[]) as seat (ticket_type_id, position)
     where s.event_id = $2 and s.ticket_type_id = seat.ticket_type_id
       and s.position = seat.position and s.order_id is null`,
    values: [
      id,
      offer.eventId,
      seats.map(({ typeId }) => typeId),
      seats.map(({ position }) => position),
    ],
  })
  if (rowCount !== seats.length) throw new Error('a seat is gone')
}

async function insertOrder(
  client: pg.PoolClient,
  { id, requestHash, offer, items, buyer, payment }: AskedOrder,
  positions: number[][],
): Promise<void> {
  const kept = items.map(({ ticketType, quantity }, i) => ({
    ticketTypeId: ticketType.ticketTypeId,
    name: ticketType.name,
    quantity,
    unitPrice: ticketType.unitPrice,
    seats: positions[i],
  }))
  await client.query({
    name: 'insert-order',
    text: `insert into booking.orders (id, event_id, status, buyer_name, buyer_email, buyer_locale, items,
       quantity, total, currency, payment, hold_seconds, expires_at, request_hash, placed_at)
     values ($1, $2, 'pending', $3, $4, 'id', $5, $6, $7, $8, $9, $10::int,
       now() + $10::int * interval '1 second', $11, now())`,
    values: [
      id,
      offer.eventId,
      buyer.name,
      buyer.email,
      JSON.stringify(kept),
      items.reduce((sum, { quantity }) => sum + quantity, 0),
      totalOf(items),
      offer.currency,
      payment,
      offer.holdSeconds,
      requestHash,
    ],
  })
}

const paymentRequest = (
  { id, offer, items, buyer }: AskedOrder,
  payment: NonNullable<AskedOrder['payment']>,
) => ({
  type: 'payment.request',
  key: id,
  data: {
    orderId: id,
    ...payment,
    eventId: offer.eventId,
    amount: totalOf(items),
    currency: offer.currency,
    description: offer.title,
    buyer,
    items,
    holdSeconds: offer.holdSeconds,
  },
})

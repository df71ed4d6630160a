import { toPublicId } from '../src/kernel/id.ts'
import type { EventOffer, TicketTypeOffer } from '../src/modules/catalog/contract.ts'
import type { Database } from './servers.ts'

/** Orders that are made by the hundred thousand, by SQL, as the program would have made them. */
type Made = {
  offer: EventOffer
  /** What each order has one ticket of. */
  ticketType: TicketTypeOffer
  count: number
}

const buyersOf = `'Sari Dewi', 'made-' || id || '@bench.example', 'id'`

/**
 * Adds orders of one ticket each and takes their stock, and their seats from the last one down,
 * where no sale will come to. `last` are the last columns of `booking.orders`: status, expires_at,
 * payment, settled_payment_id; `id` and `payment_id` are there to be used.
 */
async function makeOrders(
  { pool }: Database,
  { offer, ticketType, count }: Made,
  last: string,
): Promise<string[]> {
  const { ticketTypeId, name, unitPrice, seatsPerRow, capacity } = ticketType
  const item = JSON.stringify({ ticketTypeId, name, quantity: 1, unitPrice, seatsPerRow })
  const seats = seatsPerRow === null ? `'[]'::jsonb` : `jsonb_build_array(${capacity} + 1 - n)`
  const { rows } = await pool.query<{ id: string }>(
    `with made as materialized (
       select n, uuidv7() as id, uuidv7() as payment_id from generate_series(1, $3::int) as n
     ), orders as (
       insert into booking.orders (id, event_id, buyer_name, buyer_email, buyer_locale, items,
         quantity, total, currency, hold_seconds, placed_at, status, expires_at, payment,
         settled_payment_id)
       select id, $1, ${buyersOf}, jsonb_build_array($4::jsonb || jsonb_build_object('seats', ${seats})),
         1, ${unitPrice}, 'IDR', 900, now(), ${last}
       from made
       returning id
     ), seated as (
       update booking.seats s set order_id = made.id from made
       where ${seatsPerRow !== null} and s.event_id = $1 and s.ticket_type_id = $2
         and s.position = ${capacity} + 1 - n
     ), counted as (
       update booking.stock
       set taken = taken + $3::int, seats_version = seats_version + 1
       where event_id = $1 and ticket_type_id = $2
     )
     select id from ${count > 200_000 ? 'orders limit 0' : 'orders'}`,
    [offer.eventId, ticketTypeId, count, item],
  )
  return rows.map(({ id }) => id)
}

/** Holds that all run out at one instant, each of one ticket. */
export const makeHolds = (database: Database, made: Made, expiresAt: Date) =>
  makeOrders(database, made, `'pending', '${expiresAt.toISOString()}', null, null`)

type Way = { gateway: string; method: string; channel: string | null }

/**
 * Orders that wait for what the gateway made, with a test key; its id there is that of the payment
 * behind `made-`. Resolves to the ids of the payments.
 */
export async function makeUnpaid(database: Database, made: Made, way: Way): Promise<string[]> {
  const { gateway, method, channel } = way
  const shown = { checkoutUrl: 'http://127.0.0.1/', vaNumber: null, qrString: null }
  const instructions = { method, channel, ...shown }
  const ids = await makeOrders(
    database,
    made,
    `'pending', now() + interval '1 day', jsonb_build_object('paymentId', payment_id)
       || '${JSON.stringify({ ...way, instructions })}', null`,
  )
  const { rows } = await database.pool.query<{ id: string }>(
    `insert into payment.payments (id, reference, order_id, status, event_id, gateway, account,
       method, channel, amount, currency, gateway_id, instructions, expires_at, refund, created_at,
       history)
     select p, p, id, 'open', event_id, $2, 'test', $3, $4, total, currency, 'made-' || p, $5,
       expires_at, '{"status": "none"}', placed_at, '[]'
     from booking.orders, cast(payment ->> 'paymentId' as uuid) as p
     where id = any($1) returning id`,
    [ids, gateway, method, channel, instructions],
  )
  return rows.map(({ id }) => id)
}

/** Orders that were paid, with their payments and tickets. */
export async function makeSold(database: Database, made: Made): Promise<void> {
  const { pool } = database
  const { offer, ticketType } = made
  await makeOrders(database, made, `'paid', now() + interval '1 day', null, payment_id`)
  const paid = `from booking.orders where event_id = $1 and status = 'paid'
    and not exists (select from admission.orders a where a.id = orders.id)`
  await pool.query(
    `insert into payment.payments (id, reference, order_id, status, event_id, gateway, account,
       method, amount, currency, gateway_id, expires_at, paid, refund, created_at, history)
     select settled_payment_id, settled_payment_id, id, 'settled', event_id, 'xendit', 'test',
       'invoice', total, currency, 'made-' || settled_payment_id, expires_at,
       jsonb_build_object('amount', total, 'currency', currency), '{"status": "none"}', placed_at,
       '[]' ${paid}`,
    [offer.eventId],
  )
  await pool.query(
    `with issued as (
       insert into admission.orders (id, event_id, issued_at, snapshot)
       select id, event_id, placed_at, jsonb_build_object('orderId', id, 'buyer',
         jsonb_build_object('name', buyer_name, 'email', buyer_email, 'phone', null)) ${paid}
       returning id, event_id, issued_at
     )
     insert into admission.tickets (id, order_id, event_id, ticket_type_id, ticket_type_name,
       ordinal, holder_name, issued_at)
     select uuidv7(), id, event_id, $2, $3, 1, 'Sari Dewi', issued_at from issued`,
    [offer.eventId, ticketType.ticketTypeId, ticketType.name],
  )
}

/** Tables that grew by so much are otherwise looked after by PostgreSQL in its own time. */
export async function settleTables({ pool }: Database): Promise<void> {
  await pool.query('vacuum analyze')
  await pool.query('checkpoint')
}

export const publicEventId = ({ eventId }: EventOffer): string => toPublicId('event', eventId)

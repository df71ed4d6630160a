import type pg from 'pg'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { BookingMessage } from '../contract.ts'
import type { Order } from '../domain/order.ts'
import {
  placeOrder,
  takeIntoAccount,
  type PlaceOrder,
  type PlaceOrderError,
  type Stock,
} from '../domain/place-order.ts'
import { seatMap, type SeatMap } from '../domain/seats.ts'
import { fromRow, orderColumnNames, orderColumns, toRow, type OrderRow } from './order-rows.ts'

export type Answer = Result<Order, PlaceOrderError>

/**
 * What a process remembers of an event from one batch to the next, and checks against the locked
 * rows: its terms, and its seats, which are too many to be read for every batch.
 */
export type Memory = { offer?: EventOffer; seats?: Map<string, { version: number; map: SeatMap }> }

export type Batch = {
  eventId: string
  /** Holds what is remembered; brought up to date. To be emptied when a batch fails. */
  desk: { memory: Memory }
  /** Resolves when the batch before has ended: only then is the memory its legacy. */
  before: Promise<void>
  /** Called when everything is decided and on its way to the database: the next batch may start. */
  onDecided(): void
  commands: PlaceOrder[]
  /** What caused each command, as its messages tell it. */
  causes: readonly (string | null)[]
  /** The batch failed before, perhaps after its commit: every order looks for itself first. */
  again: boolean
}

/** Decides and commits a batch in one transaction; answers in the order of the commands. */
export async function commitBatch(
  pool: pg.Pool,
  batch: Batch,
): Promise<{ answers: Answer[]; soldOut: boolean }> {
  const client = await pool.connect()
  let broken = false
  try {
    const locked = await lockStock(client, batch)
    const { answers, placed, messages } = locked
      ? decideAll(locked.stock, batch, locked.now)
      : unknownEvent(batch.commands)
    if (placed.length === 0) {
      await client.query('rollback')
      return { answers, soldOut: false }
    }
    // The commit travels with the writing; after a statement that failed it takes all back.
    const written = Promise.all([
      write(client, batch.eventId, placed, messages),
      client.query('commit'),
    ])
    batch.onDecided()
    await written
    remember(batch.desk.memory, placed)
    return { answers, soldOut: sellsOut(placed, locked?.stock) }
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true))
    throw error
  } finally {
    client.release(broken)
  }
}

/** Whether this batch took the last tickets of a type. */
const sellsOut = (placed: Order[], stock: Stock | undefined): boolean =>
  placed.some(({ items }) =>
    items.some(({ ticketTypeId }) => {
      const level = stock?.levels.get(ticketTypeId)
      return level !== undefined && level.taken >= level.capacity
    }),
  )

type CausedMessage = BookingMessage & { cause: string | null }
type Decided = { answers: Answer[]; placed: Order[]; messages: CausedMessage[] }

function decideAll(stock: Stock, { commands, causes }: Batch, now: Date): Decided {
  const placed: Order[] = []
  const messages: CausedMessage[] = []
  const answers = commands.map((command, i): Answer => {
    const decision = placeOrder(stock, command, now)
    if (!decision.ok) return decision
    const { order, repeated } = decision.value
    if (!repeated) {
      takeIntoAccount(stock, order)
      placed.push(order)
      const cause = causes[i] ?? null
      for (const message of decision.value.messages) messages.push({ ...message, cause })
    }
    return ok(order)
  })
  return { answers, placed, messages }
}

const unknownEvent = (commands: PlaceOrder[]): Decided => ({
  answers: commands.map(() => err({ kind: 'event-not-found' })),
  placed: [],
  messages: [],
})

type StockRow = {
  ticket_type_id: string
  capacity: number
  taken: number
  offer_version: number
  seats_version: number
  now: Date
}

/**
 * Opens the transaction and locks the event's stock rows in the order of their ids; what is read
 * after that cannot change until the commit. The statements travel together.
 */
async function lockStock(
  client: pg.PoolClient,
  batch: Batch,
): Promise<{ stock: Stock; now: Date } | undefined> {
  const { eventId, desk, commands, again } = batch
  const ids = commands
    .filter((command) => again || command.requestHash !== null)
    .map((command) => command.orderId)
  const [, locked, known] = await Promise.all([
    client.query('begin'),
    client.query<StockRow>({
      name: 'lock-stock',
      text: `select ticket_type_id, capacity, taken, offer_version, seats_version, clock_timestamp() as now
             from booking.stock where event_id = $1 order by ticket_type_id for update`,
      values: [eventId],
    }),
    ids.length > 0 ? knownOrders(client, ids) : new Map<string, Order>(),
  ])
  const [first] = locked.rows
  if (!first) return undefined
  await batch.before

  const offer = await refreshOffer(client, batch, first.offer_version)
  const limited =
    offer.ordersPerBuyerMax !== null ||
    offer.ticketsPerBuyerMax !== null ||
    commands.some(({ ordersPerBuyerMax }) => ordersPerBuyerMax !== undefined)
  const [buyers] = await Promise.all([
    limited ? liveOrdersOf(client, batch) : new Map(),
    refreshSeats(client, batch, offer, locked.rows),
  ])
  const levels = new Map(
    locked.rows.map(({ ticket_type_id, capacity, taken }) => [ticket_type_id, { capacity, taken }]),
  )
  const seats = new Map([...(desk.memory.seats ?? [])].map(([id, { map }]) => [id, map]))
  return { stock: { offer, levels, seats, buyers, known }, now: first.now }
}

async function knownOrders(client: pg.PoolClient, ids: string[]): Promise<Map<string, Order>> {
  const { rows } = await client.query<OrderRow>({
    name: 'known-orders',
    text: 'select * from booking.orders where id = any($1::uuid[])',
    values: [ids],
  })
  return new Map(rows.map((row) => [row.id, fromRow(row)]))
}

async function refreshOffer(
  client: pg.PoolClient,
  { eventId, desk: { memory } }: Batch,
  offerVersion: number,
): Promise<EventOffer> {
  if (memory.offer?.version === offerVersion) return memory.offer
  const { rows } = await client.query<{ offer: EventOffer }>(
    'select offer from booking.events where event_id = $1',
    [eventId],
  )
  memory.seats = new Map()
  return (memory.offer = rows[0]!.offer)
}

async function liveOrdersOf(
  client: pg.PoolClient,
  { eventId, commands }: Batch,
): Promise<Stock['buyers']> {
  const { rows } = await client.query<{ email: string; orders: number; tickets: number }>({
    name: 'live-orders-of-buyers',
    text: `select buyer_email as email, count(*) as orders, sum(quantity) as tickets
           from booking.orders
           where event_id = $1 and buyer_email = any($2) and status in ('pending', 'paid')
           group by buyer_email`,
    values: [eventId, commands.map((command) => command.buyer.email)],
  })
  return new Map(rows.map(({ email, orders, tickets }) => [email, { orders, tickets }]))
}

/** Loads the seats that this batch wants and that changed hands since they were last seen. */
async function refreshSeats(
  client: pg.PoolClient,
  { eventId, desk: { memory }, commands }: Batch,
  offer: EventOffer,
  locked: StockRow[],
): Promise<void> {
  const remembered = (memory.seats ??= new Map())
  const wanted = new Set(
    commands.flatMap((command) => command.items.map((item) => item.ticketTypeId)),
  )
  for (const { ticketTypeId, seatsPerRow } of offer.ticketTypes) {
    if (seatsPerRow === null || !wanted.has(ticketTypeId)) continue
    const version = locked.find((row) => row.ticket_type_id === ticketTypeId)?.seats_version ?? 0
    if (remembered.get(ticketTypeId)?.version === version) continue
    const { rows } = await client.query<{ taken: Buffer | null }>(
      `select string_agg(case when order_id is null then '\\x00'::bytea else '\\x01'::bytea end, ''::bytea
                         order by position) as taken
       from booking.seats where event_id = $1 and ticket_type_id = $2`,
      [eventId, ticketTypeId],
    )
    const taken = new Uint8Array(rows[0]?.taken ?? [])
    remembered.set(ticketTypeId, { version, map: seatMap(seatsPerRow, taken) })
  }
}

/** Brings the remembered versions in line with what `write` made of them. */
function remember(memory: Memory, placed: Order[]): void {
  const seated = new Set(
    placed.flatMap(({ items }) =>
      items.filter((item) => item.seats.length > 0).map((item) => item.ticketTypeId),
    ),
  )
  for (const ticketTypeId of seated) {
    const remembered = memory.seats?.get(ticketTypeId)
    if (remembered) remembered.version += 1
  }
}

/**
 * One statement for orders, seats, messages and counters. It fails, by a division by zero, when a
 * seat is not as free as remembered.
 */
async function write(
  client: pg.PoolClient,
  eventId: string,
  placed: Order[],
  messages: CausedMessage[],
): Promise<void> {
  const seats: { types: string[]; positions: number[]; orders: string[] } = {
    types: [],
    positions: [],
    orders: [],
  }
  const tickets = new Map<string, { count: number; seated: boolean }>()
  for (const { id, items } of placed) {
    for (const item of items) {
      const sum = tickets.get(item.ticketTypeId) ?? { count: 0, seated: false }
      sum.count += item.quantity
      sum.seated ||= item.seats.length > 0
      tickets.set(item.ticketTypeId, sum)
      for (const position of item.seats) {
        seats.types.push(item.ticketTypeId)
        seats.positions.push(position)
        seats.orders.push(id)
      }
    }
  }
  await client.query({
    name: 'write-orders',
    text: writeOrders,
    values: [
      eventId,
      JSON.stringify(placed.map(toRow)),
      JSON.stringify(messages),
      seats.types,
      seats.positions,
      seats.orders,
      [...tickets.keys()],
      [...tickets.values()].map(({ count }) => count),
      [...tickets.values()].map(({ seated }) => (seated ? 1 : 0)),
      seats.positions.length,
    ],
  })
}

const writeOrders = `
  with placed as (
    insert into booking.orders (${orderColumnNames})
    select ${orderColumnNames} from json_to_recordset($2) as o(${orderColumns})
  ), sent as (
    insert into booking.outbox (type, key, data, caused_by)
    select type, key, data, cause
    from json_to_recordset($3) as m(type text, key text, data jsonb, cause text)
  ), seated as (
    update booking.seats s set order_id = v.order_id
    from unnest($4::uuid[], $5::integer[], $6::uuid[]) as v(ticket_type_id, position, order_id)
    where s.event_id = $1 and s.ticket_type_id = v.ticket_type_id and s.position = v.position
      and s.order_id is null
    returning 1
  ), counted as (
    update booking.stock s set taken = s.taken + v.tickets, seats_version = s.seats_version + v.seated
    from unnest($7::uuid[], $8::integer[], $9::integer[]) as v(ticket_type_id, tickets, seated)
    where s.event_id = $1 and s.ticket_type_id = v.ticket_type_id
  )
  select 1 / (count(*) = $10::integer)::integer from seated`

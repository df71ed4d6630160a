import assert from 'node:assert'
import { after, before, test } from 'node:test'
import type pg from 'pg'
import { anOrder, onSale, openDeskPool, stockTruth } from '../../../../tests/support/booking.ts'
import { createTestDatabase, type TestDatabase } from '../../../../tests/support/database.ts'
import { ok } from '../../../kernel/result.ts'
import { newId } from '../../../platform/ids.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { OrderInput } from '../domain/order-life.ts'
import type { Order } from '../domain/order.ts'
import type { PlaceOrder } from '../domain/place-order.ts'
import type { OrderBook, OrderDesk } from '../ports.ts'
import { advanceOrder } from '../use-cases/advance-order.ts'
import { applyOffer } from '../use-cases/apply-offer.ts'
import { expireHolds } from '../use-cases/expire-holds.ts'
import { capacityMin, postgresOfferBook, stockOf } from './offer-book.ts'
import { postgresOrderBook } from './order-book.ts'
import { orderDesk } from './order-desk.ts'
import { listSeats, ticketTypesEverOffered } from './queries.ts'

let database: TestDatabase
let deskPool: pg.Pool
let desk: OrderDesk
let orders: OrderBook
before(async () => {
  database = await createTestDatabase()
  deskPool = openDeskPool(database.databaseUrl)
  orders = postgresOrderBook(database.pool)
  desk = orderDesk({
    pool: deskPool,
    ordersPerBatchMax: 500,
    waitingMax: 200_000,
    waitMillisMax: 60_000,
    eventsRememberedMax: 10,
    onSoldOut: () => {},
  })
})
after(async () => {
  await deskPool.end()
  await database[Symbol.asyncDispose]()
})

async function placed(offer: EventOffer, change: Partial<PlaceOrder> = {}): Promise<Order> {
  const result = await desk.place(anOrder(offer, change))
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

async function after_(order: Order, input: OrderInput): Promise<Order> {
  const result = await advanceOrder({ orders }, order.id, input)
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}

const settled = (order: Order): OrderInput => ({
  type: 'payment.settled',
  paymentId: order.payment!.paymentId,
})
const sent = async (key: string) =>
  (
    await database.pool.query<{ type: string }>(
      'select type from booking.outbox where key = $1 order by position',
      [key],
    )
  ).rows.map((row) => row.type)
const taken = async (offer: EventOffer) =>
  (await stockTruth(database.pool, offer.eventId)).map((row) => row.taken)

test('a cancelled order gives its tickets and seats back to others', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 3, seatsPerRow: 3 }])
  const order = await placed(offer, {
    items: [{ ticketTypeId: offer.ticketTypes[0]!.ticketTypeId, quantity: 3 }],
  })
  await after_(order, { type: 'cancel', by: 'buyer' })
  assert.deepEqual(await stockTruth(database.pool, offer.eventId), [
    { taken: 0, ordered: 0, seated: 0, numbered: true },
  ])
  assert.deepEqual(await sent(order.id), ['payment.request', 'payment.cancel', 'order.cancelled'])
  const next = await placed(offer, {
    items: [{ ticketTypeId: offer.ticketTypes[0]!.ticketTypeId, quantity: 1, seats: ['A2'] }],
  })
  assert.deepEqual(next.items[0]!.seats, [2])
})

test('paying changes the order alone, not the stock', async () => {
  const offer = await onSale(database.pool)
  const order = await placed(offer)
  assert.equal((await after_(order, settled(order))).status, 'paid')
  assert.equal((await after_(order, settled(order))).status, 'paid')
  assert.deepEqual(await taken(offer), [1])
  assert.deepEqual(await sent(order.id), ['payment.request', 'ticket.issue', 'order.paid'])
})

test('an order settled twice at the same moment is paid once', async () => {
  const offer = await onSale(database.pool)
  const order = await placed(offer)
  await Promise.all([1, 2, 3, 4].map(() => after_(order, settled(order))))
  assert.deepEqual(await sent(order.id), ['payment.request', 'ticket.issue', 'order.paid'])
})

async function overdue(order: Order): Promise<void> {
  await database.pool.query(
    `update booking.orders set expires_at = now() - interval '1 second' where id = $1`,
    [order.id],
  )
}
const sweep = () => expireHolds({ orders }, new AbortController().signal)

test('a hold that nobody began to pay expires; one with an open payment asks the gateway first', async () => {
  const offer = await onSale(database.pool)
  const idle = await placed(offer, { payment: null })
  const paying = await placed(offer)
  await overdue(idle)
  await overdue(paying)
  await sweep()
  assert.equal((await orders.find(idle.id))!.status, 'expired')
  assert.equal((await orders.find(paying.id))!.status, 'pending')
  assert.deepEqual(await sent(paying.id), ['payment.request', 'payment.cancel'])
  assert.deepEqual(await taken(offer), [1])

  await overdue(paying)
  await sweep()
  assert.equal((await orders.find(paying.id))!.status, 'expired')
  assert.deepEqual(await taken(offer), [0])
})

test('a late payment takes its seats again while they are free, and is refunded when they are not', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 2, seatsPerRow: 2 }])
  const lucky = await placed(offer)
  const unlucky = await placed(offer)
  for (const order of [lucky, unlucky]) {
    await after_(order, { type: 'payment.expired', paymentId: order.payment!.paymentId })
  }
  assert.deepEqual(await taken(offer), [0])
  assert.equal((await after_(lucky, settled(lucky))).status, 'paid')
  await placed(offer, {
    items: [{ ticketTypeId: offer.ticketTypes[0]!.ticketTypeId, quantity: 1, seats: ['A2'] }],
  })
  assert.equal((await after_(unlucky, settled(unlucky))).status, 'refunding')
  assert.ok((await sent(unlucky.id)).includes('payment.refund'))
  assert.deepEqual(await stockTruth(database.pool, offer.eventId), [
    { taken: 2, ordered: 2, seated: 2, numbered: true },
  ])
})

for (const seatsPerRow of [null, 5]) {
  const kind = seatsPerRow === null ? 'without' : 'with'
  test(`a late payment for a type ${kind} seats that was withdrawn since is refunded`, async () => {
    const offer = await onSale(database.pool, {}, [{ capacity: 5 }, { capacity: 5, seatsPerRow }])
    const items = offer.ticketTypes.map(({ ticketTypeId }) => ({ ticketTypeId, quantity: 1 }))
    const order = await placed(offer, { items })
    await after_(order, { type: 'payment.expired', paymentId: order.payment!.paymentId })
    const [kept] = offer.ticketTypes
    await postgresOfferBook(database.pool).apply({ ...offer, version: 2, ticketTypes: [kept!] })
    assert.equal((await after_(order, settled(order))).status, 'refunding')
    assert.deepEqual(await taken(offer), [0])
  })
}

test('a late payment is refunded when its buyer has as many orders as allowed by then', async () => {
  const offer = await onSale(database.pool, { ordersPerBuyerMax: 1 })
  const order = await placed(offer)
  await after_(order, { type: 'payment.expired', paymentId: order.payment!.paymentId })
  const { buyer } = order
  await placed(offer, { buyer })
  assert.equal((await after_(order, settled(order))).status, 'refunding')
  assert.deepEqual(await taken(offer), [1])
})

test('several sweepers expire every due hold once', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 3_000, seatsPerRow: 50 }])
  const all = await Promise.all(
    Array.from({ length: 2_500 }, () => desk.place(anOrder(offer, { payment: null }))),
  )
  assert.ok(all.every((result) => result.ok))
  await database.pool.query(`update booking.orders set expires_at = now() where event_id = $1`, [
    offer.eventId,
  ])
  await Promise.all([sweep(), sweep(), sweep()])
  assert.deepEqual(await stockTruth(database.pool, offer.eventId), [
    { taken: 0, ordered: 0, seated: 0, numbered: true },
  ])
  const { rows } = await database.pool.query<{ facts: number; orders: number }>(
    `select count(*) as facts, count(distinct key) as orders from booking.outbox
     where type = 'order.expired' and key in (select id::text from booking.orders where event_id = $1)`,
    [offer.eventId],
  )
  assert.deepEqual(rows, [{ facts: 2_500, orders: 2_500 }])
})

test('a cancelled event cancels what is unpaid and gives back what is paid', async () => {
  const offer = await onSale(database.pool, { refundable: false })
  const unpaid = await placed(offer)
  const paid = await placed(offer)
  await after_(paid, settled(paid))
  const cancelled: EventOffer = { ...offer, version: 2, status: 'cancelled' }
  const ports = { orders, offers: postgresOfferBook(database.pool) }
  await applyOffer(ports, cancelled)
  await applyOffer(ports, cancelled)
  assert.equal((await orders.find(unpaid.id))!.status, 'cancelled')
  assert.equal((await orders.find(paid.id))!.status, 'refunding')
  assert.deepEqual(await taken(offer), [0])
})

test('orders that are cancelled while others are placed leave the stock exact', async () => {
  const offer = await onSale(database.pool, {}, [
    { capacity: 40, seatsPerRow: 8 },
    { capacity: 25 },
  ])
  const [a, b] = offer.ticketTypes.map((type) => type.ticketTypeId)
  const some = (n: number) => [
    { ticketTypeId: a!, quantity: 1 + (n % 3) },
    { ticketTypeId: b!, quantity: 1 },
  ]
  await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const result = await desk.place(anOrder(offer, { items: some(n) }))
      if (!result.ok || n % 2 === 0) return
      const input: OrderInput =
        n % 3 === 0 ? settled(result.value) : { type: 'cancel', by: 'buyer' }
      await advanceOrder({ orders }, result.value.id, input)
    }),
  )
  for (const row of await stockTruth(database.pool, offer.eventId)) {
    assert.equal(row.taken, row.ordered)
    if (row.numbered) assert.equal(row.seated, row.ordered)
  }
})

test('nothing is written when a decision refuses or fails', async () => {
  const offer = await onSale(database.pool)
  const order = await placed(offer)
  const before = await sent(order.id)
  await assert.rejects(
    orders.update(order.id, () => {
      throw new Error('defect')
    }),
    /defect/,
  )
  const unknown = await orders
    .update(newId(), (found) => ok({ state: found!.order, messages: [] }))
    .catch((e: Error) => e)
  assert.ok(unknown instanceof Error)
  assert.deepEqual(await sent(order.id), before)
})

test('new terms grow the stock, but never shrink it below what is taken', async () => {
  const offer = await onSale(database.pool, {}, [
    { capacity: 5 },
    { capacity: 5, seatsPerRow: 5 },
    { capacity: 5 },
  ])
  const [open, numbered, dropped] = offer.ticketTypes
  for (const type of [open!, dropped!]) {
    await placed(offer, { items: [{ ticketTypeId: type.ticketTypeId, quantity: 3 }] })
  }
  const offers = postgresOfferBook(database.pool)
  const next: EventOffer = {
    ...offer,
    version: 2,
    ticketTypes: [
      { ...open!, capacity: 1 },
      { ...numbered!, capacity: 8 },
    ],
  }
  await offers.apply(next)
  await offers.apply({ ...offer, version: 1 })
  const { levels, offerVersion } = (await stockOf(database.pool, offer.eventId))!
  const level = (type: typeof open) => levels.find((one) => one.ticketTypeId === type!.ticketTypeId)
  assert.equal(offerVersion, 2)
  assert.deepEqual([level(open)!.capacity, level(open)!.taken], [3, 3])
  assert.equal(level(numbered)!.capacity, 8)
  assert.deepEqual([level(dropped)!.capacity, level(dropped)!.taken], [3, 3])
  assert.equal((await listSeats(database.pool, offer.eventId, numbered!.ticketTypeId))!.length, 8)
})

test('a numbered type shrinks to its last taken seat, and its number stays its own', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 6, seatsPerRow: 3 }, { capacity: 5 }])
  const [numbered, dropped] = offer.ticketTypes
  const { ticketTypeId } = numbered!
  const order = await placed(offer, { items: [{ ticketTypeId, quantity: 1, seats: ['B1'] }] })
  assert.equal(await capacityMin(database.pool, offer.eventId, ticketTypeId), 4)

  const offers = postgresOfferBook(database.pool)
  const added = { ...dropped!, ticketTypeId: newId() }
  const ticketTypes = [added, { ...numbered!, capacity: 2 }]
  await offers.apply({ ...offer, version: 2, ticketTypes })
  const seats = async () => (await listSeats(database.pool, offer.eventId, ticketTypeId))!
  assert.deepEqual(
    (await seats()).map(({ label }) => label),
    ['A1', 'A2', 'A3', 'B1'],
  )
  const everOffered = await ticketTypesEverOffered(database.pool, offer.eventId)
  assert.deepEqual(everOffered, [ticketTypeId, dropped!.ticketTypeId, added.ticketTypeId])

  // The seat goes once its order has ended; money that comes late then finds no seat to retake.
  await advanceOrder({ orders }, order.id, { type: 'cancel', by: 'buyer' })
  await offers.apply({ ...offer, version: 3, ticketTypes })
  assert.deepEqual(
    (await seats()).map(({ label }) => label),
    ['A1', 'A2'],
  )
  await database.pool.query(`update booking.orders set status = 'expired' where id = $1`, [
    order.id,
  ])
  const late = { type: 'payment.settled', paymentId: newId() } as const
  const refunding = await advanceOrder({ orders }, order.id, late)
  assert(refunding.ok)
  assert.equal(refunding.value.status, 'refunding')
})

test('seats are listed by label with whether they are free', async () => {
  const offer = await onSale(database.pool, {}, [{ capacity: 4, seatsPerRow: 2 }])
  const [type] = offer.ticketTypes
  await placed(offer, { items: [{ ticketTypeId: type!.ticketTypeId, quantity: 1, seats: ['B1'] }] })
  assert.deepEqual(await listSeats(database.pool, offer.eventId, type!.ticketTypeId), [
    { label: 'A1', free: true },
    { label: 'A2', free: true },
    { label: 'B1', free: false },
    { label: 'B2', free: true },
  ])
})

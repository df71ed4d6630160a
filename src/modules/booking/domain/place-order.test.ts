import assert from 'node:assert'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { EventOffer, TicketTypeOffer } from '../../catalog/contract.ts'
import { isLive, type Buyer, type Order } from './order.ts'
import {
  placeOrder,
  takeIntoAccount,
  type PlaceOrder,
  type PlaceOrderError,
  type Stock,
} from './place-order.ts'
import { seatMap, seatsPerRowMax } from './seats.ts'

const opensAt = new Date('2030-01-01T10:00:00.000Z')
const closesAt = new Date('2030-01-02T10:00:00.000Z')
const now = new Date('2030-01-01T12:00:00.000Z')
const justBefore = (instant: Date) => new Date(instant.getTime() - 1)

const standing: TicketTypeOffer = {
  ticketTypeId: 'standing',
  name: 'Standing',
  unitPrice: 500_000,
  capacity: 10,
  ticketsPerOrderMax: 4,
  validFrom: opensAt.toISOString(),
  validUntil: closesAt.toISOString(),
  seatsPerRow: null,
}
/** Three rows of four: A1 … C4. */
const stalls: TicketTypeOffer = {
  ...standing,
  ticketTypeId: 'stalls',
  name: 'Stalls',
  unitPrice: 750_000,
  capacity: 12,
  ticketsPerOrderMax: 6,
  seatsPerRow: 4,
}
const lawn: TicketTypeOffer = {
  ...standing,
  ticketTypeId: 'lawn',
  name: 'Lawn',
  unitPrice: 0,
  validFrom: null,
  validUntil: null,
}

const concert: EventOffer = {
  eventId: 'event',
  version: 1,
  status: 'published',
  organiserId: 'organiser',
  title: 'Konser',
  location: 'Jakarta',
  startsAt: '2030-02-01T12:00:00.000Z',
  endsAt: null,
  currency: 'IDR',
  refundable: true,
  ordersPerBuyerMax: null,
  ticketsPerBuyerMax: null,
  holdSeconds: null,
  ticketTypes: [standing, stalls, lawn],
}

/** The stock of an event of which nothing is sold yet. */
function stockOf(change: Partial<EventOffer> = {}): Stock {
  const offer = { ...concert, ...change }
  const numbered = offer.ticketTypes.flatMap(({ ticketTypeId, capacity, seatsPerRow }) =>
    seatsPerRow === null
      ? []
      : [[ticketTypeId, seatMap(seatsPerRow, new Uint8Array(capacity))] as const],
  )
  return {
    offer,
    levels: new Map(
      offer.ticketTypes.map(({ ticketTypeId, capacity }) => [ticketTypeId, { capacity, taken: 0 }]),
    ),
    seats: new Map(numbered),
    buyers: new Map(),
    known: new Map(),
  }
}

const anna: Buyer = {
  userId: null,
  name: 'Anna',
  email: 'anna@example.com',
  phone: null,
  locale: 'id',
}
const budi: Buyer = { ...anna, name: 'Budi', email: 'budi@example.com' }

const wants = (...items: PlaceOrder['items']): PlaceOrder => ({
  orderId: 'order',
  requestHash: 'hash',
  eventId: 'event',
  buyer: anna,
  items,
  payment: { paymentId: 'payment', gateway: 'g', method: 'va', channel: 'bca', instructions: null },
  holdSeconds: null,
  defaultHoldSeconds: 900,
})
const some = (ticketTypeId: string, quantity: number) => ({ ticketTypeId, quantity })
const chosen = (...seats: string[]) => ({ ticketTypeId: 'stalls', quantity: seats.length, seats })

/** Places an order that must be accepted, and takes it into account. */
function sell(stock: Stock, command: PlaceOrder, at = now) {
  const result = placeOrder(stock, command, at)
  assert(result.ok, `refused: ${JSON.stringify(result)}`)
  if (!result.value.repeated) takeIntoAccount(stock, result.value.order)
  return result.value
}

/** An event at which other buyers have already taken that many of a ticket type. */
function after(stock: Stock, ...sold: PlaceOrder['items']): Stock {
  for (const [index, item] of sold.entries()) {
    sell(stock, { ...wants(item), orderId: `earlier-${index}`, buyer: budi })
  }
  return stock
}

/** An event at which Anna already has that many orders, of two standing tickets each. */
function annaHas(orders: number, limits: Partial<EventOffer>): Stock {
  const stock = stockOf(limits)
  for (let index = 0; index < orders; index++) {
    sell(stock, { ...wants(some('standing', 2)), orderId: `hers-${index}` })
  }
  return stock
}

test('an order holds its tickets at the prices of the offer until the hold runs out', () => {
  const command = wants(some('standing', 2), some('stalls', 3))
  const { order, messages } = sell(stockOf(), command)
  const standingItem = {
    ticketTypeId: 'standing',
    name: 'Standing',
    quantity: 2,
    unitPrice: 500_000,
  }
  const stallsItem = { ticketTypeId: 'stalls', name: 'Stalls', quantity: 3, unitPrice: 750_000 }
  assert.deepEqual(order, {
    id: 'order',
    eventId: 'event',
    status: 'pending',
    buyer: anna,
    items: [
      { ...standingItem, seatsPerRow: null, seats: [] },
      { ...stallsItem, seatsPerRow: 4, seats: [1, 2, 3] },
    ],
    quantity: 5,
    total: 3_250_000,
    currency: 'IDR',
    payment: command.payment,
    formerPayments: [],
    settledPaymentId: null,
    holdSeconds: 900,
    expiresAt: new Date('2030-01-01T12:15:00.000Z'),
    closing: false,
    requestHash: 'hash',
    visitDate: null,
    placedAt: now,
  })
  const data = {
    orderId: 'order',
    paymentId: 'payment',
    eventId: 'event',
    gateway: 'g',
    method: 'va',
    channel: 'bca',
    amount: 3_250_000,
    currency: 'IDR',
    description: 'Konser',
    buyer: anna,
    items: [
      { ...standingItem, seats: [] },
      { ...stallsItem, seats: ['A1', 'A2', 'A3'] },
    ],
    holdSeconds: 900,
  }
  assert.deepEqual(messages, [{ type: 'payment.request', key: 'order', data }])
})

test('an order may be placed before the buyer chooses how to pay', () => {
  const { order, messages } = sell(stockOf(), { ...wants(some('standing', 1)), payment: null })
  assert.deepEqual([order.status, order.payment, messages], ['pending', null, []])
})

test('an order is held as long as the event says, when it says so', () => {
  const { order } = sell(stockOf({ holdSeconds: 60 }), wants(some('standing', 1)))
  assert.equal(order.holdSeconds, 60)
  assert.deepEqual(order.expiresAt, new Date('2030-01-01T12:01:00.000Z'))
})

test('an order of free tickets alone is paid at once, and nobody is asked for money', () => {
  const { order, messages } = sell(stockOf(), wants(some('lawn', 2)))
  assert.deepEqual([order.status, order.total, order.payment], ['paid', 0, null])
  assert.deepEqual(
    messages.map(({ type }) => type),
    ['ticket.issue', 'order.paid'],
  )
})

test('an order with one ticket that costs something is paid for', () => {
  const { order, messages } = sell(stockOf(), wants(some('lawn', 2), some('standing', 1)))
  assert.deepEqual([order.status, order.total], ['pending', 500_000])
  assert.deepEqual(
    messages.map(({ type }) => type),
    ['payment.request'],
  )
})

test('an order gets the seats it names, in the order it names them', () => {
  const { order } = sell(stockOf(), wants(chosen('C4', 'A2')))
  assert.deepEqual(order.items[0]?.seats, [12, 2])
})

test('an order gets the best seats that are left when it names none', () => {
  const stock = after(stockOf(), chosen('A2'))
  assert.deepEqual(sell(stock, wants(some('stalls', 2))).order.items[0]?.seats, [3, 4])
})

test('an order names seats by number where there is only one row', () => {
  const stock = stockOf({ ticketTypes: [{ ...stalls, seatsPerRow: seatsPerRowMax }] })
  assert.deepEqual(sell(stock, wants(chosen('Seat-12'))).order.items[0]?.seats, [12])
})

describe('an order is accepted at the very edge of', () => {
  // prettier-ignore
  const edges: [string, Stock, PlaceOrder, Date?][] = [
    ['the first instant of the sale',          stockOf(), wants(some('standing', 1)), opensAt],
    ['the last instant of the sale',           stockOf(), wants(some('standing', 1)), justBefore(closesAt)],
    ['time, where the sale has no window',     stockOf(), wants(some('lawn', 1)), new Date(0)],
    ['the tickets per order',                  stockOf(), wants(some('standing', 4))],
    ['the stock',                              after(stockOf(), some('standing', 4), some('standing', 4)), wants(some('standing', 2))],
    ['the numbered stock',                     after(stockOf(), some('stalls', 6), some('stalls', 5)), wants(some('stalls', 1))],
    ['the hall',                               stockOf(), wants(chosen('C4'))],
    ['the orders per buyer',                   annaHas(1, { ordersPerBuyerMax: 2 }), wants(some('standing', 1))],
    ['the tickets per buyer',                  annaHas(1, { ticketsPerBuyerMax: 5 }), wants(some('standing', 2), some('stalls', 1))],
    ['the limits, which count per buyer',      annaHas(2, { ordersPerBuyerMax: 2, ticketsPerBuyerMax: 4 }), { ...wants(some('standing', 4)), buyer: budi }],
  ]
  for (const [edge, stock, command, at] of edges) {
    test(edge, () => assert(placeOrder(stock, command, at ?? now).ok))
  }
})

const type = 'standing'
const priceOfOne = concert.ticketTypes.find(({ ticketTypeId }) => ticketTypeId === type)!.unitPrice
const limits = { amountMin: priceOfOne, amountMax: priceOfOne, currency: 'IDR' }
const limited = { ordersPerBuyerMax: 2, ticketsPerBuyerMax: 4 }

// prettier-ignore
const refusals: [string, Stock, PlaceOrder, PlaceOrderError, Date?][] = [
  ['of an event that is not public yet',     stockOf({ status: 'draft' }), wants(some(type, 1)), { kind: 'event-not-found' }],
  ['of a cancelled event',                   stockOf({ status: 'cancelled' }), wants(some(type, 1)), { kind: 'event-cancelled' }],
  ['of an event that is over',               stockOf({ endsAt: now.toISOString() }), wants(some(type, 1)), { kind: 'event-over' }],
  ['of an event of a day that has passed',   stockOf({ startsAt: '2029-12-31T12:00:00.000Z' }), wants(some(type, 1)), { kind: 'event-over' }],
  ['of tickets the event does not have',     stockOf(), wants(some('backstage', 1)), { kind: 'ticket-type-not-found', ticketTypeId: 'backstage' }],
  ['of tickets the offer has dropped',       { ...stockOf(), offer: { ...concert, ticketTypes: [stalls] } }, wants(some(type, 1)), { kind: 'ticket-type-not-found', ticketTypeId: type }],
  ['of tickets without stock',               { ...stockOf(), levels: new Map() }, wants(some(type, 1)), { kind: 'ticket-type-not-found', ticketTypeId: type }],
  ['that names a ticket type twice',         stockOf(), wants(some(type, 1), some('stalls', 1), some(type, 1)), { kind: 'ticket-type-repeated', ticketTypeId: type }],
  ['a millisecond before the sale',          stockOf(), wants(some(type, 1)), { kind: 'sales-not-started', ticketTypeId: type, validFrom: opensAt.toISOString() }, justBefore(opensAt)],
  ['as the sale ends',                       stockOf(), wants(some(type, 1)), { kind: 'sales-ended', ticketTypeId: type }, closesAt],
  ['of one ticket more than an order may',   stockOf(), wants(some(type, 5)), { kind: 'too-many-tickets', ticketTypeId: type, ticketsPerOrderMax: 4 }],
  ['of a total below what the method takes', stockOf(), { ...wants(some(type, 1)), paymentLimits: { ...limits, amountMin: priceOfOne + 1 } }, { kind: 'amount-not-payable', total: priceOfOne, ...limits, amountMin: priceOfOne + 1 }],
  ['of a total above what the method takes', stockOf(), { ...wants(some(type, 1)), paymentLimits: { ...limits, amountMax: priceOfOne - 1 } }, { kind: 'amount-not-payable', total: priceOfOne, ...limits, amountMax: priceOfOne - 1 }],
  ['of a currency the method does not take', stockOf(), { ...wants(some(type, 1)), paymentLimits: { ...limits, currency: 'USD' } }, { kind: 'amount-not-payable', total: priceOfOne, ...limits, currency: 'USD' }],
  ['of one ticket more than is left',        after(stockOf(), some(type, 4), some(type, 4)), wants(some(type, 3)), { kind: 'sold-out', ticketTypeId: type, left: 2 }],
  ['of a ticket when none is left',          after(stockOf(), some(type, 4), some(type, 4), some(type, 2)), wants(some(type, 1)), { kind: 'sold-out', ticketTypeId: type, left: 0 }],
  ['of one seat more than is left',          after(stockOf(), some('stalls', 6), some('stalls', 5)), wants(some('stalls', 2)), { kind: 'sold-out', ticketTypeId: 'stalls', left: 1 }],
  ['of seats where everybody stands',        stockOf(), wants({ ...some(type, 1), seats: ['A1'] }), { kind: 'no-numbered-seats', ticketTypeId: type }],
  ['of fewer seats than tickets',            stockOf(), wants({ ...chosen('A1', 'A2'), quantity: 3 }), { kind: 'seats-do-not-match-quantity', ticketTypeId: 'stalls' }],
  ['of more seats than tickets',             stockOf(), wants({ ...chosen('A1', 'A2'), quantity: 1 }), { kind: 'seats-do-not-match-quantity', ticketTypeId: 'stalls' }],
  ['of one seat for two tickets',            stockOf(), wants({ ...chosen('A1', 'A1') }), { kind: 'seats-do-not-match-quantity', ticketTypeId: 'stalls' }],
  ['of two tickets and one seat named twice', stockOf(), wants({ ...chosen('A1', 'A2', 'A1'), quantity: 2 }), { kind: 'seats-do-not-match-quantity', ticketTypeId: 'stalls' }],
  ['of a seat behind the end of its row',    stockOf(), wants(chosen('A1', 'A5')), { kind: 'seat-not-found', ticketTypeId: 'stalls', seat: 'A5' }],
  ['of a seat behind the last row',          stockOf(), wants(chosen('D1')), { kind: 'seat-not-found', ticketTypeId: 'stalls', seat: 'D1' }],
  ['of something that is no seat',           stockOf(), wants(chosen('front')), { kind: 'seat-not-found', ticketTypeId: 'stalls', seat: 'front' }],
  ['of taken seats, naming each of them',    after(stockOf(), chosen('A1', 'B2')), wants(chosen('B2', 'C3', 'A1')), { kind: 'seat-taken', ticketTypeId: 'stalls', seats: ['B2', 'A1'] }],
  ['of a buyer who has all the orders',      annaHas(2, limited), wants(some('stalls', 1)), { kind: 'order-limit-reached', ordersPerBuyerMax: 2 }],
  ['of a buyer who has all that the command allows', annaHas(1, limited), { ...wants(some('stalls', 1)), ordersPerBuyerMax: 1 }, { kind: 'order-limit-reached', ordersPerBuyerMax: 1 }],
  ['of a buyer who has all, whatever the command allows', annaHas(2, limited), { ...wants(some('stalls', 1)), ordersPerBuyerMax: 9 }, { kind: 'order-limit-reached', ordersPerBuyerMax: 2 }],
  ['of a buyer who would have one too many', annaHas(1, limited), wants(some('stalls', 2), some(type, 1)), { kind: 'ticket-limit-reached', ticketsPerBuyerMax: 4 }],
]

describe('an order is refused', () => {
  for (const [story, stock, command, error, at] of refusals) {
    test(story, () => {
      const before = soldFrom(stock)
      assert.deepEqual(placeOrder(stock, command, at ?? now), { ok: false, error })
      assert.deepEqual(soldFrom(stock), before, 'a refusal takes nothing')
    })
  }
})

/** A copy of what is sold; where the search for seats goes on is no part of that. */
const soldFrom = ({ levels, seats, buyers, known }: Stock) =>
  structuredClone({ levels, buyers, known, taken: [...seats.values()].map((map) => map.taken) })

describe('when an order is wrong in several ways, it is told', () => {
  // prettier-ignore
  const pairs: [PlaceOrderError['kind'], string, Stock, PlaceOrder, Date?][] = [
    ['event-not-found',       'what is wrong with it',      stockOf({ status: 'draft' }), wants(some('backstage', 1))],
    ['event-cancelled',       'what is wrong with it',      stockOf({ status: 'cancelled' }), wants(some('backstage', 1))],
    ['sales-not-started',     'that it is too large',       stockOf(), wants(some(type, 99)), justBefore(opensAt)],
    ['sales-ended',           'that it is too large',       stockOf(), wants(some(type, 99)), closesAt],
    ['too-many-tickets',      'that so many are not left',  stockOf(), wants(some(type, 11))],
    ['sold-out',              'that its seats are taken',   after(stockOf(), some('stalls', 6), some('stalls', 6)), wants(chosen('A1'))],
    ['sold-out',              'that it names no such seats', after(stockOf(), some('stalls', 6), some('stalls', 6)), wants(chosen('Z9'))],
    ['seats-do-not-match-quantity', 'that it names no such seat', stockOf(), wants({ ...chosen('Z9'), quantity: 2 })],
    ['seat-not-found',        'that another seat is taken', after(stockOf(), chosen('A1')), wants(chosen('A1', 'Z9'))],
    ['ticket-type-repeated',  'that the repetition is too large', stockOf(), wants(some(type, 1), some(type, 99))],
    ['ticket-type-not-found', 'what is wrong with a later item', stockOf(), wants(some('backstage', 1), some(type, 99))],
    ['sold-out',              'that the buyer has enough',  after(annaHas(2, limited), some(type, 4)), wants(some(type, 3))],
    ['order-limit-reached',   'that the buyer has enough tickets', annaHas(2, limited), wants(some(type, 4))],
  ]
  for (const [kind, rather, stock, command, at] of pairs) {
    test(`${kind}, before ${rather}`, () => {
      const result = placeOrder(stock, command, at ?? now)
      assert.equal(result.ok || result.error.kind, kind)
    })
  }
})

test('an order is placed whole or not at all', () => {
  const stock = after(stockOf(), some('standing', 4), some('standing', 4))
  const result = placeOrder(stock, wants(chosen('A1'), some('lawn', 1), some('standing', 3)), now)
  assert.equal(result.ok || result.error.kind, 'sold-out')
  assert.equal(stock.levels.get('stalls')?.taken, 0)
  assert.equal(stock.levels.get('lawn')?.taken, 0)
  assert.deepEqual(sell(stock, wants(chosen('A1'))).order.items[0]?.seats, [1])
})

describe('a request that was sent before', () => {
  test('finds the order it placed the first time, as it is now, and takes nothing', () => {
    const stock = stockOf({ ordersPerBuyerMax: 1 })
    const { order } = sell(stock, wants(some('standing', 2)))
    stock.known.set('order', { ...order, status: 'cancelled' })
    const again = placeOrder(stock, wants(some('standing', 2)), now)
    const expected = { order: { ...order, status: 'cancelled' }, messages: [], repeated: true }
    assert.deepEqual(again, { ok: true, value: expected })
  })

  test('is known even when the event is over and everything is sold', () => {
    const stock = after(stockOf(), some('standing', 4), some('standing', 4))
    const { order } = sell(stock, wants(some('standing', 2)))
    stock.offer = { ...stock.offer, status: 'cancelled' }
    const again = placeOrder(stock, wants(some('standing', 2)), closesAt)
    assert.deepEqual(again, { ok: true, value: { order, messages: [], repeated: true } })
  })

  test('is refused when it asks for something else under the same key', () => {
    const stock = stockOf()
    sell(stock, wants(some('standing', 2)))
    stock.offer = { ...stock.offer, status: 'draft' }
    const other = { ...wants(some('standing', 1)), requestHash: 'another' }
    const error = { kind: 'idempotency-key-reused' }
    assert.deepEqual(placeOrder(stock, other, now), { ok: false, error })
  })
})

test('an order that is not live counts for nobody', () => {
  const stock = stockOf()
  const { order } = sell(stockOf(), wants(chosen('A1', 'A2')))
  takeIntoAccount(stock, { ...order, status: 'expired' })
  assert.deepEqual(stock, stockOf())
})

/** Anything a buyer may send: few ids, so that requests are repeated and keys used again. */
const anyRequest: fc.Arbitrary<PlaceOrder> = fc
  .record({
    orderId: fc.constantFrom(...Array.from({ length: 12 }, (_, index) => `order-${index}`)),
    requestHash: fc.constantFrom('one', 'one', 'one', 'another'),
    buyer: fc.constantFrom(anna, budi),
    items: fc.array(
      fc.oneof(
        fc.record({
          ticketTypeId: fc.constantFrom('standing', 'stalls', 'lawn', 'backstage'),
          quantity: fc.integer({ min: 1, max: 7 }),
        }),
        fc
          .uniqueArray(fc.constantFrom('A1', 'A2', 'A3', 'B1', 'B4', 'C4', 'D1'), { minLength: 1 })
          .map((seats) => chosen(...seats)),
      ),
      { minLength: 1, maxLength: 3 },
    ),
  })
  .map((drawn) => ({ ...wants(), ...drawn }))

const anyLimits = fc.record({
  ordersPerBuyerMax: fc.option(fc.integer({ min: 1, max: 6 })),
  ticketsPerBuyerMax: fc.option(fc.integer({ min: 1, max: 20 })),
})

/** What the live orders have of each ticket type, counted from the orders alone. */
function takenBy(orders: Order[], ticketTypeId: string): { quantity: number; seats: number[] } {
  const items = orders
    .filter((order) => isLive(order.status))
    .flatMap((order) => order.items.filter((item) => item.ticketTypeId === ticketTypeId))
  return {
    quantity: items.reduce((sum, item) => sum + item.quantity, 0),
    seats: items.flatMap((item) => item.seats),
  }
}

function assertNothingIsSoldTwice(stock: Stock, orders: Order[]): void {
  for (const { ticketTypeId, capacity, seatsPerRow } of stock.offer.ticketTypes) {
    const { quantity, seats } = takenBy(orders, ticketTypeId)
    assert(quantity <= capacity, `oversold ${ticketTypeId}: ${quantity} of ${capacity}`)
    assert.equal(stock.levels.get(ticketTypeId)?.taken, quantity)
    assert.equal(seats.length, seatsPerRow === null ? 0 : quantity, 'a seat for every ticket')
    assert.equal(new Set(seats).size, seats.length, 'a seat was sold twice')
    const taken = stock.seats.get(ticketTypeId)?.taken ?? new Uint8Array()
    const onTheMap = [...taken.keys()].filter((index) => taken[index] !== 0)
    assert.deepEqual(
      onTheMap,
      seats.map((position) => position - 1).toSorted((a, b) => a - b),
    )
  }
}

function assertWithinLimits({ offer }: Stock, orders: Order[], buyer: Buyer): void {
  const own = orders.filter((order) => order.buyer.email === buyer.email)
  const tickets = own.reduce((sum, order) => sum + order.quantity, 0)
  assert(own.length <= (offer.ordersPerBuyerMax ?? Infinity), 'more orders than a buyer may have')
  assert(tickets <= (offer.ticketsPerBuyerMax ?? Infinity), 'more tickets than a buyer may have')
}

function assertPricedByTheOffer({ offer }: Stock, order: Order): void {
  const priceOf = new Map(offer.ticketTypes.map((one) => [one.ticketTypeId, one.unitPrice]))
  for (const item of order.items) assert.equal(item.unitPrice, priceOf.get(item.ticketTypeId))
  const total = order.items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
  assert.equal(order.total, total)
}

test('whatever is asked for, and how often, nothing is sold twice', () => {
  fc.assert(
    fc.property(anyLimits, fc.array(anyRequest, { maxLength: 30 }), (limits, requests) => {
      const stock = stockOf(limits)
      const placed = new Map<string, Order>()
      for (const request of requests) {
        const result = placeOrder(stock, request, now)
        if (!result.ok) continue
        const { order, repeated } = result.value
        assert.equal(repeated, placed.has(order.id))
        if (repeated) {
          assert.equal(order, placed.get(order.id))
          continue
        }
        placed.set(order.id, order)
        takeIntoAccount(stock, order)
        assertPricedByTheOffer(stock, order)
        assertWithinLimits(stock, [...placed.values()], order.buyer)
      }
      assertNothingIsSoldTwice(stock, [...placed.values()])
    }),
    { numRuns: 500 },
  )
})

test('an order of exactly what the method takes is placed, and a free one whatever it takes', () => {
  const exact = { ...wants(some(type, 1)), paymentLimits: limits }
  assert(placeOrder(stockOf(), exact, now).ok)
  const free = stockOf()
  free.offer = {
    ...free.offer,
    ticketTypes: free.offer.ticketTypes.map((one) => ({ ...one, unitPrice: 0 })),
  }
  assert(placeOrder(free, exact, now).ok)
})

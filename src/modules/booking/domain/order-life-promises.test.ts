import assert from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventOffer } from '../../catalog/contract.ts'
import type { BookingMessage } from '../contract.ts'
import { advance, type OrderInput } from './order-life.ts'
import { isLive, type OpenPayment, type Order } from './order.ts'

/**
 * What must be true of an order whatever happens to it, in whatever order. A world is one order,
 * the payment and ticket side of it as far as messages tell, a clock, and one rival who buys the
 * order's stock whenever it is free. Every short sequence of steps is tried, and random long ones.
 *
 * Deliveries repeat, come late and overtake each other. What the senders promise all the same:
 *   - nothing is told of a payment before `payment.request` asked for it;
 *   - `payment.refunded` and `payment.refund-failed` answer a `payment.refund`;
 *   - `payment.reversed` is about a payment that settled, so its `payment.settled` arrives too,
 *     sooner or later; a message refused as `too-early` is delivered again.
 *   - every attempt to pay is a new payment; only while it is open can `pay` be repeated.
 * They do not promise that a payment that failed or expired will not settle.
 */
type World = {
  order: Order
  now: Date
  rival: boolean
  /** Messages the order has accepted: `payment.settled A`. */
  heard: ReadonlySet<string>
  /** Messages the order has sent: `payment.refund A`. */
  sent: ReadonlySet<string>
  tickets: 'none' | 'issued' | 'revoked'
  /** The payment each time the order became paid. */
  paidBy: readonly (string | null)[]
  /** How this world came to be. */
  story: readonly string[]
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
  ticketTypes: [],
}
const events = {
  'an event': concert,
  'an event that takes no tickets back': { ...concert, refundable: false },
  'a cancelled event': { ...concert, status: 'cancelled' as const },
}

const placedAt = new Date('2030-01-01T10:00:00.000Z')
const openPayment = (paymentId: string): OpenPayment => ({
  paymentId,
  gateway: 'g',
  method: 'va',
  channel: null,
  instructions: null,
})
const placed: Order = {
  id: 'order',
  eventId: 'event',
  status: 'pending',
  buyer: { userId: null, name: 'Anna', email: 'anna@example.com', phone: null, locale: 'id' },
  items: [],
  quantity: 1,
  total: 500_000,
  currency: 'IDR',
  payment: openPayment('A'),
  formerPayments: [],
  settledPaymentId: null,
  holdSeconds: 900,
  expiresAt: new Date(placedAt.getTime() + 900_000),
  closing: false,
  requestHash: null,
  visitDate: null,
  placedAt,
}

const freshly = (order: Order, sent: string[], tickets: World['tickets'] = 'none'): World => ({
  order,
  now: placedAt,
  rival: false,
  heard: new Set(),
  sent: new Set(sent),
  tickets,
  paidBy: tickets === 'issued' ? [null] : [],
  story: [],
})
const beginnings = {
  'placed with a payment': freshly(placed, ['payment.request A']),
  'placed without a payment': freshly({ ...placed, payment: null }, []),
  'with nothing to pay': freshly(
    { ...placed, payment: null, status: 'paid', total: 0 },
    ['ticket.issue', 'order.paid'],
    'issued',
  ),
}

/** Takes a world to the next; one that cannot be taken gives the same world back. */
type Step = { name: string; take: (world: World, event: EventOffer) => World }

const instructions = {
  method: 'va',
  checkoutUrl: null,
  vaNumber: '1',
  channel: null,
  qrString: null,
}
const inputs: OrderInput[] = [
  { type: 'cancel', by: 'buyer' },
  { type: 'cancel', by: 'organiser' },
  { type: 'hold.expired' },
  ...['A', 'B'].flatMap((paymentId): OrderInput[] => [
    { type: 'pay', payment: openPayment(paymentId) },
    {
      type: 'payment.requested',
      paymentId,
      instructions,
      expiresAt: new Date(placedAt.getTime() + 1_200_000),
    },
    { type: 'payment.settled', paymentId },
    { type: 'payment.mismatched', paymentId },
    { type: 'payment.failed', paymentId },
    { type: 'payment.expired', paymentId },
    { type: 'payment.reversed', paymentId },
    { type: 'payment.refunded', paymentId },
    { type: 'payment.refund-failed', paymentId },
  ]),
]
const steps: Step[] = [
  {
    name: 'the hold is over',
    take: (world) =>
      world.now < world.order.expiresAt ? { ...world, now: world.order.expiresAt } : world,
  },
  {
    name: 'a rival takes the free stock, or gives it back',
    take: (world) => (isLive(world.order.status) ? world : { ...world, rival: !world.rival }),
  },
  ...inputs.map((input) => ({
    name: nameOf(input),
    take: (world: World, event: EventOffer) => deliver(world, input, event),
  })),
]

function nameOf(input: OrderInput): string {
  if (input.type === 'cancel') return `cancel by the ${input.by}`
  if (input.type === 'pay') return `pay ${input.payment.paymentId}`
  return input.type === 'hold.expired' ? input.type : `${input.type} ${input.paymentId}`
}

const nameOfSent = ({ type, data }: BookingMessage): string =>
  'paymentId' in data ? `${type} ${data.paymentId}` : type

/** Whether the senders' promises allow this input now. */
function isPossible({ order, sent }: World, input: OrderInput): boolean {
  if (input.type === 'pay') {
    const { paymentId } = input.payment
    return order.payment?.paymentId === paymentId || !sent.has(`payment.request ${paymentId}`)
  }
  if (!('paymentId' in input)) return true
  const answersRefund = ['payment.refunded', 'payment.refund-failed'].includes(input.type)
  return sent.has(`${answersRefund ? 'payment.refund' : 'payment.request'} ${input.paymentId}`)
}

function deliver(world: World, input: OrderInput, event: EventOffer): World {
  if (!isPossible(world, input)) return world
  const { order, now, rival, heard, sent } = world
  const name = nameOf(input)
  const decided = advance(order, input, { event, now, canRetake: !rival })
  if (!decided.ok) return world
  const { state, messages } = decided.value
  const sentNow = messages.map(nameOfSent)
  if (heard.has(name)) {
    assert.deepEqual(state, order, `a repeat of ${name} changed the order`)
    // Of a payment it did not keep an order remembers nothing: it may say the same again.
    const said = name.endsWith(` ${order.settledPaymentId}`) ? new Set<string>() : sent
    for (const one of sentNow) assert(said.has(one), `a repeat of ${name} sent ${one}`)
  }
  const becamePaid = order.status !== 'paid' && state.status === 'paid'
  return {
    ...world,
    order: state,
    heard: 'paymentId' in input ? new Set([...heard, name]) : heard,
    sent: new Set([...sent, ...sentNow]),
    tickets: ticketsAfter(world.tickets, sentNow),
    paidBy: becamePaid ? [...world.paidBy, state.settledPaymentId] : world.paidBy,
  }
}

function ticketsAfter(before: World['tickets'], sent: string[]): World['tickets'] {
  const last = sent.findLast((one) => one === 'ticket.issue' || one === 'ticket.revoke')
  if (last === undefined) return before
  return last === 'ticket.issue' ? 'issued' : 'revoked'
}

function assertPromises({ order, heard, sent, rival, tickets, paidBy }: World): void {
  for (const payment of ['A', 'B']) {
    const settled = heard.has(`payment.settled ${payment}`)
    const reversed = heard.has(`payment.reversed ${payment}`)
    const buysTickets = order.status === 'paid' && order.settledPaymentId === payment
    const goesBack = sent.has(`payment.refund ${payment}`)
    assert(!(buysTickets && goesBack), `${payment} buys tickets and is given back`)
    assert(!(buysTickets && reversed), `tickets for ${payment}, which the bank took back`)
    assert(settled || !(buysTickets || goesBack), `${payment} counts, but never settled`)
    assert(!settled || reversed || buysTickets || goesBack, `${payment} is kept for nothing`)

    const isOver = ['settled', 'failed', 'expired'].some((end) =>
      heard.has(`payment.${end} ${payment}`),
    )
    const isKnown = order.payment?.paymentId === payment || isOver
    const isClosed = isKnown || sent.has(`payment.cancel ${payment}`)
    assert(!sent.has(`payment.request ${payment}`) || isClosed, `${payment} is left open`)
  }
  assert(!(rival && isLive(order.status)), 'the stock was sold to two')
  assert.equal(tickets === 'issued', order.status === 'paid', 'tickets agree with paid or not')
  assert.equal(new Set(paidBy).size, paidBy.length, 'one payment paid twice')
  assert(order.payment === null || order.status === 'pending', 'only a hold has an open payment')
}

/** Takes one step and holds its outcome against the promises; a failure tells the whole story. */
function take(step: Step, world: World, event: EventOffer): World {
  const story = [...world.story, step.name]
  try {
    const next = step.take(world, event)
    if (next === world) return world
    assertPromises(next)
    return { ...next, story }
  } catch (error) {
    throw new Error(`a promise broke after: ${story.join(', ')}`, { cause: error })
  }
}

/** Two worlds of one face have the same future, however they came to be. */
const faceOf = ({ order, now, rival, heard, sent, tickets, paidBy }: World): string =>
  [
    order.status,
    order.payment?.paymentId,
    order.payment?.instructions !== null,
    order.settledPaymentId,
    order.closing,
    order.expiresAt.getTime(),
    now.getTime(),
    rival,
    tickets,
    ...paidBy,
    ...[...heard, ...sent].sort(),
  ].join()

/** Every world that so many steps can lead to. */
function worldsWithin(length: number, beginning: World, event: EventOffer): World[] {
  const known = new Map([[faceOf(beginning), beginning]])
  let newest = [beginning]
  for (let taken = 0; taken < length; taken++) {
    const found: World[] = []
    for (const world of newest) {
      for (const step of steps) {
        const next = take(step, world, event)
        if (next === world) continue
        const face = faceOf(next)
        if (known.has(face)) continue
        known.set(face, next)
        found.push(next)
      }
    }
    newest = found
  }
  return [...known.values()]
}

/** Sequences of up to this many steps are tried without exception. */
const stepsMax = 6

for (const [event, offer] of Object.entries(events)) {
  for (const [order, beginning] of Object.entries(beginnings)) {
    test(`an order ${order} for ${event} keeps its promises in every short story`, () => {
      for (const world of worldsWithin(stepsMax, beginning, offer)) {
        assert.notEqual(afterTwoSweeps(world, offer).order.status, 'pending', world.story.join())
      }
    })

    test(`an order ${order} for ${event} keeps its promises in long stories`, () => {
      const story = fc.array(fc.constantFrom(...steps), { minLength: 20, maxLength: 80 })
      const live = (taken: Step[]) =>
        taken.reduce((world, step) => take(step, world, offer), beginning)
      fc.assert(
        fc.property(story, (taken) => void live(taken)),
        { numRuns: 1_000 },
      )
    })
  }
}

/** No hold lives for ever: its end and, when a payment is open, the minute of closing end it. */
function afterTwoSweeps(world: World, event: EventOffer): World {
  const named = (name: string) => steps.find((step) => step.name === name)!
  const sweep = [named('the hold is over'), named('hold.expired')]
  return [...sweep, ...sweep].reduce((last, step) => take(step, last, event), world)
}

test('short stories come to every status there is', () => {
  const worlds = worldsWithin(4, beginnings['placed with a payment'], concert)
  const statuses = new Set(worlds.map(({ order }) => order.status))
  assert.deepEqual([...statuses].sort(), [
    'cancelled',
    'expired',
    'paid',
    'pending',
    'refund_due',
    'refunded',
    'refunding',
  ])
})

const anyOrder: fc.Arbitrary<Order> = fc
  .record({
    status: fc.constantFrom<Order['status'][]>(
      'pending',
      'paid',
      'expired',
      'cancelled',
      'refunding',
      'refunded',
      'refund_due',
    ),
    payment: fc.constantFrom(null, openPayment('A'), { ...openPayment('B'), instructions }),
    settledPaymentId: fc.constantFrom(null, 'A', 'B', 'C'),
    closing: fc.boolean(),
  })
  .map((drawn) => ({ ...placed, ...drawn }))

test('nothing that arrives, possible or not, throws or takes stock that is not free', () => {
  const anyNow = fc.constantFrom(placedAt, placed.expiresAt, new Date('2040-01-01T00:00:00Z'))
  const circumstances = fc.record({
    event: fc.constantFrom(...Object.values(events)),
    now: anyNow,
    canRetake: fc.boolean(),
  })
  fc.assert(
    fc.property(anyOrder, fc.constantFrom(...inputs), circumstances, (order, input, around) => {
      const decided = advance(order, input, around)
      if (!decided.ok || isLive(order.status) || !isLive(decided.value.state.status)) return
      assert(order.status === 'expired' && around.canRetake && around.event.status === 'published')
    }),
    { numRuns: 3_000 },
  )
})

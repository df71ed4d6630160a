import assert from 'node:assert'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { EventOffer } from '../../catalog/contract.ts'
import type { BookingMessage } from '../contract.ts'
import {
  advance,
  attemptsMax,
  closingSeconds,
  type Circumstances,
  type OrderInput,
  type OrderLifeError,
} from './order-life.ts'
import { confirmation, snapshot, type OpenPayment, type Order } from './order.ts'
import { placeOrder } from './place-order.ts'

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
  ticketTypes: ['standing', 'free'].map((ticketTypeId) => ({
    ticketTypeId,
    name: ticketTypeId,
    unitPrice: ticketTypeId === 'free' ? 0 : 500_000,
    capacity: 10,
    ticketsPerOrderMax: 10,
    validFrom: null,
    validUntil: null,
    seatsPerRow: null,
  })),
}

const placedAt = new Date('2030-01-01T10:00:00.000Z')
const holdSeconds = 900
/** So many seconds after the order was placed; its hold is over at 900. */
const at = (seconds: number) => new Date(placedAt.getTime() + seconds * 1000)

const attempt = (paymentId: string): OpenPayment => ({
  paymentId,
  gateway: 'g',
  method: 'va',
  channel: 'bca',
  instructions: null,
})

/** Two tickets, held at `placedAt`. */
function place(ticketTypeId: string, payment: OpenPayment | null) {
  const result = placeOrder(
    {
      offer: concert,
      levels: new Map([[ticketTypeId, { capacity: 10, taken: 0 }]]),
      seats: new Map(),
      buyers: new Map(),
      known: new Map(),
    },
    {
      orderId: 'order',
      requestHash: null,
      eventId: 'event',
      buyer: { userId: null, name: 'Anna', email: 'anna@example.com', phone: null, locale: 'id' },
      items: [{ ticketTypeId, quantity: 2 }],
      payment,
      holdSeconds,
      defaultHoldSeconds: 1,
    },
    placedAt,
  )
  assert(result.ok)
  return result.value
}
const paying = place('standing', attempt('A')).order
const undecided = place('standing', null).order
const free = place('free', attempt('A')).order
const byLink = { ...attempt('A'), gateway: confirmation, method: confirmation, channel: null }
const confirming = place('standing', byLink).order

const instructions = {
  method: 'va',
  checkoutUrl: null,
  vaNumber: '88',
  channel: 'bca',
  qrString: null,
}
const requested = (paymentId: string, seconds = 960): OrderInput => ({
  type: 'payment.requested',
  paymentId,
  instructions,
  expiresAt: at(seconds),
})
const pay = (paymentId: string): OrderInput => ({ type: 'pay', payment: attempt(paymentId) })
const settled = (paymentId: string): OrderInput => ({ type: 'payment.settled', paymentId })
const failed = (paymentId: string): OrderInput => ({ type: 'payment.failed', paymentId })
const expired = (paymentId: string): OrderInput => ({ type: 'payment.expired', paymentId })
const reversed = (paymentId: string): OrderInput => ({ type: 'payment.reversed', paymentId })
const mismatched = (paymentId: string): OrderInput => ({ type: 'payment.mismatched', paymentId })
const refunded = (paymentId: string): OrderInput => ({ type: 'payment.refunded', paymentId })
const refundFailed = (paymentId: string): OrderInput => ({
  type: 'payment.refund-failed',
  paymentId,
})
const byBuyer: OrderInput = { type: 'cancel', by: 'buyer' }
const byOrganiser: OrderInput = { type: 'cancel', by: 'organiser' }
const holdExpired: OrderInput = { type: 'hold.expired' }

/** A change of circumstances, from there on in a story. */
const clock = (now: Date): Partial<Circumstances> => ({ now })
const holdOver = clock(at(holdSeconds))
const minuteOver = clock(at(holdSeconds + closingSeconds))
const resold: Partial<Circumstances> = { canRetake: false }
const notRefundable: Partial<Circumstances> = { event: { ...concert, refundable: false } }
const calledOff: Partial<Circumstances> = { event: { ...concert, status: 'cancelled' } }

type Happening = OrderInput | Partial<Circumstances>

/** Lives through a story, all of which must be accepted but the last: that is the outcome. */
function live(order: Order, ...story: Happening[]) {
  let around: Circumstances = { event: concert, now: placedAt, canRetake: true }
  let before = order
  let outcome: ReturnType<typeof advance> = { ok: true, value: { state: order, messages: [] } }
  for (const one of story) {
    if (!('type' in one)) {
      around = { ...around, ...one }
      continue
    }
    assert(outcome.ok, `refused: ${JSON.stringify(outcome)}`)
    before = outcome.value.state
    outcome = advance(before, one, around)
  }
  return { before, outcome }
}

/** The order after a story, and what its last step sent. */
function lived(order: Order, ...story: Happening[]) {
  const { before, outcome } = live(order, ...story)
  assert(outcome.ok, `refused: ${JSON.stringify(outcome)}`)
  return { before, ...outcome.value }
}

const named = ({ type, data }: BookingMessage): string =>
  'paymentId' in data ? `${type} ${data.paymentId}` : type

/** The row of the picture, the story of one order, and what its last step sends. */
type Row = [message: string, from: string, to: string, Order, Happening[], sent: string[]]

// prettier-ignore
const rows: Row[] = [
  ['pay',                             'pending',    'pending',    paying,    [pay('B')],                                             ['payment.cancel A', 'payment.request B']],
  ['payment.requested',               'pending',    'pending',    paying,    [requested('A')],                                       ['order.awaiting-payment']],
  ['payment.settled',                 'pending',    'paid',       paying,    [pay('B'), settled('A')],                               ['payment.cancel B', 'ticket.issue', 'order.paid']],
  ['payment.failed',                  'pending',    'pending',    paying,    [failed('A')],                                          []],
  ['payment.failed (hold over)',      'pending',    'expired',    paying,    [holdOver, failed('A')],                                ['order.expired']],
  ['payment.mismatched',              'pending …',  'unchanged',  paying,    [mismatched('A')],                                      ['order.payment-mismatch']],
  ['payment.expired',                 'pending',    'expired',    paying,    [expired('A')],                                         ['order.expired']],
  ['cancel',                          'pending',    'cancelled',  paying,    [byBuyer],                                              ['payment.cancel A', 'order.cancelled']],
  ['hold.expired (nothing open)',     'pending',    'expired',    undecided, [holdOver, holdExpired],                                ['order.expired']],
  ['hold.expired (payment open)',     'pending',    'pending',    paying,    [holdOver, holdExpired],                                ['payment.cancel A']],
  ['hold.expired (closing)',          'pending',    'expired',    paying,    [holdOver, holdExpired, minuteOver, holdExpired],       ['order.expired']],
  ['payment.settled',                 'expired',    'paid',       paying,    [expired('A'), settled('A')],                           ['ticket.issue', 'order.paid']],
  ['payment.settled',                 'expired',    'refunding',  paying,    [expired('A'), resold, settled('A')],                   ['payment.refund A', 'order.refunding']],
  ['payment.settled',                 'cancelled',  'refunding',  paying,    [byBuyer, settled('A')],                                ['payment.refund A', 'order.refunding']],
  ['payment.settled (another one)',   'paid …',     'unchanged',  paying,    [pay('B'), settled('A'), settled('B')],                 ['payment.refund B']],
  ['payment.settled (another one)',   'expired',    'unchanged',  paying,    [pay('B'), settled('A'), reversed('A'), settled('B')],  ['payment.refund B']],
  ['cancel (refundable, organiser)',  'paid',       'refunding',  paying,    [settled('A'), byBuyer],                                ['ticket.revoke', 'payment.refund A', 'order.refunding']],
  ['cancel (nothing was paid)',       'paid',       'cancelled',  free,      [byBuyer],                                              ['ticket.revoke', 'order.cancelled']],
  ['cancel (confirmed by link)',      'paid',       'cancelled',  confirming, [settled('A'), byBuyer],                               ['ticket.revoke', 'payment.refund A', 'order.cancelled', 'confirmation.withdraw']],
  ['payment.reversed',                'paid',       'expired',    paying,    [settled('A'), reversed('A')],                          ['ticket.revoke', 'order.expired']],
  ['payment.reversed',                'refunding',  'refunded',   paying,    [byBuyer, settled('A'), reversed('A')],                 ['order.refunded']],
  ['payment.refunded',                'refunding',  'refunded',   paying,    [byBuyer, settled('A'), refunded('A')],                 ['order.refunded']],
  ['payment.refund-failed',           'refunding',  'refund_due', paying,    [byBuyer, settled('A'), refundFailed('A')],             ['order.refund-due']],
  ['payment.refunded (another)',      'paid …',     'unchanged',  paying,    [settled('A'), settled('B'), refunded('B')],            ['order.payment-returned']],
  ['payment.refund-failed (another)', 'paid …',     'unchanged',  paying,    [settled('A'), settled('B'), refundFailed('B')],        ['order.refund-due']],
  ['payment.refunded',                'refund_due', 'refunded',   paying,    [byBuyer, settled('A'), refundFailed('A'), refunded('A')], ['order.refunded']],
  ['payment.reversed',                'refund_due', 'refunded',   paying,    [byBuyer, settled('A'), refundFailed('A'), reversed('A')], ['order.refunded']],
]

describe('a row of the picture:', () => {
  for (const [message, from, to, order, story, sent] of rows) {
    test(`${message}, ${from} → ${to}`, () => {
      const { before, state, messages } = lived(order, ...story)
      assert.equal(before.status, from.replace(' …', ''))
      assert.equal(state.status, to === 'unchanged' ? before.status : to)
      if (to === 'unchanged') assert.deepEqual(state, before)
      assert.deepEqual(messages.map(named), sent)
    })
  }

  test('every one has its story', () => {
    const source = readFileSync(new URL('order-life.ts', import.meta.url), 'utf8')
    const picture = source
      .split('\n')
      .filter((line) => line.startsWith(' *   '))
      .map((line) => line.slice(5).split(/ {2,}/).slice(0, 3))
      .filter(([message]) => !message!.startsWith('place') && !message!.includes('call'))
    assert.deepEqual(
      picture,
      rows.map(([message, from, to]) => [message, from, to]),
    )
  })
})

describe('a sale without trouble', () => {
  test('asks for payment, tells the buyer how, and issues tickets', () => {
    const placed = place('standing', attempt('A'))
    assert.deepEqual(placed.messages.map(named), ['payment.request A'])
    const { state, messages } = lived(placed.order, requested('A'), settled('A'))
    assert.deepEqual(
      { status: state.status, settled: state.settledPaymentId, open: state.payment },
      { status: 'paid', settled: 'A', open: null },
    )
    const data = { order: snapshot(state, concert) }
    assert.equal(data.order.status, 'paid')
    assert.deepEqual(messages, [
      { type: 'ticket.issue', key: 'order', data },
      { type: 'order.paid', key: 'order', data },
    ])
  })

  test('by a mailed link has the buyer asked for it, and says so to others', () => {
    const { order, messages } = place('standing', byLink)
    assert.deepEqual(messages, [
      { type: 'confirmation.ask', key: 'order', data: { orderId: 'order' } },
    ])
    assert.equal(snapshot(order, concert).byConfirmation, true)
    assert.equal(snapshot(paying, concert).byConfirmation, undefined)
  })

  test('of free tickets is over at once', () => {
    const { order, messages } = place('free', attempt('A'))
    assert.equal(order.status, 'paid')
    assert.deepEqual(messages.map(named), ['ticket.issue', 'order.paid'])
  })

  test('gives back what was paid, and says why', () => {
    const refund = (reason: string) => ({
      type: 'payment.refund',
      key: 'order',
      data: { orderId: 'order', paymentId: 'A', amount: 1_000_000, currency: 'IDR', reason },
    })
    const paidThen = (...story: Happening[]) => lived(paying, settled('A'), ...story).messages[1]
    assert.deepEqual(paidThen(byBuyer), refund('cancelled by the buyer'))
    assert.deepEqual(paidThen(byOrganiser), refund('cancelled by the organiser'))
    assert.deepEqual(lived(paying, byBuyer, settled('A')).messages[0], refund('paid too late'))
  })
})

describe('the clock of a hold', () => {
  const expiryAfter = (...story: Happening[]) => lived(paying, ...story).state.expiresAt
  // prettier-ignore
  const clocks: [string, Happening[], Date][] = [
    ['runs from the placing of the order',                [],                                              at(900)],
    ['starts again when the buyer can pay',               [requested('A', 960)],                           at(960)],
    ['is never set back',                                 [requested('A', 300)],                           at(900)],
    ['may run for two holds together',                    [requested('A', 1800)],                          at(1800)],
    ['runs no longer than two holds',                     [requested('A', 1801)],                          at(1800)],
    ['starts again once',                                 [requested('A', 960), requested('A', 1200)],     at(960)],
    ['does not start again for a payment given up',       [pay('B'), requested('A', 1200)],                at(900)],
    ['does not start again while the payment is closed',  [holdOver, holdExpired, requested('A', 1800)],   at(960)],
    ['leaves the gateway a minute to close the payment',  [holdOver, holdExpired],                         at(960)],
    ['gives that minute from the moment of asking',       [clock(at(907)), holdExpired],                    at(967)],
  ]
  for (const [story, happenings, expiresAt] of clocks) {
    test(story, () => assert.deepEqual(expiryAfter(...happenings), expiresAt))
  }

  test('does not start again for a buyer who was told the number at once', () => {
    const promised = { ...paying, payment: { ...attempt('A'), vaDigits: '00000000001' } }
    assert.deepEqual(lived(promised, requested('A', 1800)).state.expiresAt, at(900))
  })

  test('ends the hold to the millisecond', () => {
    const lastInstant = clock(new Date(at(holdSeconds).getTime() - 1))
    const lastOfMinute = clock(new Date(at(holdSeconds + closingSeconds).getTime() - 1))
    assert.equal(lived(undecided, lastInstant, holdExpired).state, undecided)
    assert.equal(lived(paying, lastInstant, pay('B')).state.payment?.paymentId, 'B')
    assert.equal(lived(paying, lastInstant, failed('A')).state.status, 'pending')
    const closing = lived(paying, holdOver, holdExpired).state
    assert.equal(lived(closing, lastOfMinute, holdExpired).state, closing)
  })
})

// prettier-ignore
const more: [string, Order, Happening[], Order['status'], string[]][] = [
  ['is paid by the attempt that is open',             undecided, [pay('B'), settled('B')],                           'paid',       ['ticket.issue', 'order.paid']],
  ['is paid after its hold, before anybody noticed',  paying,    [holdOver, settled('A')],                           'paid',       ['ticket.issue', 'order.paid']],
  ['is paid while the gateway closes the payment',    paying,    [holdOver, holdExpired, settled('A')],              'paid',       ['ticket.issue', 'order.paid']],
  ['ends when the payment fails while it is closed',  paying,    [holdOver, holdExpired, failed('A')],               'expired',    ['order.expired']],
  ['ends when the gateway has closed the payment',    paying,    [holdOver, holdExpired, expired('A')],              'expired',    ['order.expired']],
  ['is cancelled while the payment is closed',        paying,    [holdOver, holdExpired, byBuyer],                   'cancelled',  ['payment.cancel A', 'order.cancelled']],
  ['tries again after a failed payment',              paying,    [failed('A'), pay('B')],                            'pending',    ['payment.request B']],
  ['asks once though the buyer clicks twice',         paying,    [pay('B'), pay('B')],                               'pending',    []],
  ['begins an attempt that is over no second time',   paying,    [pay('B'), pay('A')],                               'pending',    []],
  ['begins a failed attempt no second time',          paying,    [failed('A'), pay('A')],                            'pending',    []],
  ['tells nobody to pay what is being closed',        paying,    [holdOver, holdExpired, settled('A'), requested('A')], 'paid',    []],
  ['outlives the end of a payment given up',          paying,    [pay('B'), expired('A')],                           'pending',    []],
  ['outlives the failure of a payment given up',      paying,    [pay('B'), failed('A')],                            'pending',    []],
  ['gives late money back when the event is off',     paying,    [expired('A'), calledOff, settled('A')],            'refunding',  ['payment.refund A', 'order.refunding']],
  ['gives the second of two late payments back',      paying,    [pay('B'), expired('B'), settled('A'), settled('B')], 'paid',     ['payment.refund B']],
  ['gives money back that comes during a refund',     paying,    [byBuyer, settled('A'), settled('B')],              'refunding',  ['payment.refund B']],
  ['is paid once though it hears so twice',           paying,    [settled('A'), settled('A')],                       'paid',       []],
  ['gets no tickets for money the bank took back',    paying,    [settled('A'), reversed('A'), settled('A')],        'expired',    []],
  ['stays as it is when another payment is reversed', paying,    [settled('A'), settled('B'), reversed('B')],        'paid',       []],
  ['is refunded once though bank and gateway say so', paying,    [byBuyer, settled('A'), reversed('A'), refunded('A')], 'refunded', []],
  ['stays refunded when an old failure is told late', paying,    [byBuyer, settled('A'), refunded('A'), refundFailed('A')], 'refunded', []],
  ['is cancelled by the organiser, refundable or not', paying,   [notRefundable, settled('A'), byOrganiser],         'refunding',  ['ticket.revoke', 'payment.refund A', 'order.refunding']],
  ['is given back until the event begins',            paying,    [settled('A'), clock(new Date(Date.parse(concert.startsAt) - 1)), byBuyer], 'refunding', ['ticket.revoke', 'payment.refund A', 'order.refunding']],
  ['for nothing is given back, refundable or not',    free,      [notRefundable, byBuyer],                           'cancelled',  ['ticket.revoke', 'order.cancelled']],
  ['to be confirmed is told of by whoever asks',      confirming, [requested('A')],                                  'pending',    []],
  ['to be confirmed is confirmed like a paid one',    confirming, [requested('A'), settled('A')],                    'paid',       ['ticket.issue', 'order.paid']],
  ['to be confirmed is cancelled with a notice',      confirming, [requested('A'), byBuyer],                         'cancelled',  ['payment.cancel A', 'order.cancelled', 'confirmation.withdraw']],
  ['once confirmed is cancelled, refundable or not',  confirming, [notRefundable, settled('A'), byBuyer],            'cancelled',  ['ticket.revoke', 'payment.refund A', 'order.cancelled', 'confirmation.withdraw']],
  ['once confirmed is cancelled though it has begun', confirming, [settled('A'), clock(new Date(concert.startsAt)), byOrganiser], 'cancelled', ['ticket.revoke', 'payment.refund A', 'order.cancelled', 'confirmation.withdraw']],
  ['to be confirmed can be paid with money instead',  confirming, [pay('B'), requested('B')],                        'pending',    ['order.awaiting-payment']],
  ['paid with money in the end is given back as such', confirming, [pay('B'), settled('B'), byBuyer],                'refunding',  ['ticket.revoke', 'payment.refund B', 'order.refunding']],
  ['for nothing gives back money nobody asked for',   free,      [settled('A')],                                     'paid',       ['payment.refund A']],
]

describe('an order', () => {
  for (const [story, order, happenings, status, sent] of more) {
    test(story, () => {
      const { state, messages } = lived(order, ...happenings)
      assert.deepEqual([state.status, ...messages.map(named)], [status, ...sent])
      assert.equal(state.closing, false)
    })
  }
})

// prettier-ignore
const refusals: [string, Order, Happening[], OrderLifeError][] = [
  ['to cancel what has expired',                  paying, [expired('A'), byBuyer],                { kind: 'order-not-live', orderStatus: 'expired' }],
  ['to cancel twice',                             paying, [byOrganiser, byOrganiser],             { kind: 'order-not-live', orderStatus: 'cancelled' }],
  ['to cancel what is being refunded',            paying, [settled('A'), byBuyer, byBuyer],       { kind: 'order-not-live', orderStatus: 'refunding' }],
  ['to take tickets back that are not refundable', paying, [notRefundable, settled('A'), byBuyer], { kind: 'order-not-refundable' }],
  ['to take tickets back once the event has begun', paying, [settled('A'), clock(new Date(concert.startsAt)), byBuyer], { kind: 'order-not-refundable' }],
  ['to be paid again',                            paying, [settled('A'), pay('B')],               { kind: 'order-not-payable', orderStatus: 'paid' }],
  ['to be paid when cancelled',                   paying, [byBuyer, pay('B')],                    { kind: 'order-not-payable', orderStatus: 'cancelled' }],
  ['another attempt as the hold ends',            paying, [holdOver, pay('B')],                   { kind: 'hold-over' }],
  ['another attempt while the last is closed',    paying, [holdOver, holdExpired, pay('B')],      { kind: 'hold-over' }],
  ['an attempt of the same id by another method', paying, [{ type: 'pay', payment: { ...attempt('A'), method: 'qris' } }], { kind: 'idempotency-key-reused' }],
  ['an attempt by a method that cannot pay so much', paying, [{ type: 'pay', payment: attempt('B'), limits: { amountMin: 1, amountMax: paying.total - 1, currency: 'IDR' } }], { kind: 'amount-not-payable', total: paying.total, amountMin: 1, amountMax: paying.total - 1, currency: 'IDR' }],
  ['more attempts than anybody needs',            paying, Array.from({ length: attemptsMax + 1 }, (_, n) => pay(`again ${n}`)), { kind: 'too-many-attempts', attemptsMax }],
  ['to judge a reversal before its settlement',   paying, [reversed('A')],                        { kind: 'too-early' }],
]

describe('an order refuses', () => {
  for (const [story, order, happenings, error] of refusals) {
    test(story, () => {
      assert.deepEqual(live(order, ...happenings).outcome, { ok: false, error })
    })
  }
})

test('a reversal that overtook its settlement is judged when it comes again', () => {
  assert.equal(live(paying, reversed('A')).outcome.ok, false)
  const { state, messages } = lived(paying, settled('A'), reversed('A'))
  assert.equal(state.status, 'expired')
  assert.deepEqual(messages.map(named), ['ticket.revoke', 'order.expired'])
})

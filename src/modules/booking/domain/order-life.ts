import { err, ok, unreachable, type Result } from '../../../kernel/result.ts'
import type { Money } from '../../../kernel/money.ts'
import type { Decision } from '../../../kernel/store.ts'
import type { EventOffer } from '../../catalog/contract.ts'
import type { BookingMessage, MoneyReceived, PaymentInstructions } from '../contract.ts'
import {
  confirmation,
  isByConfirmation,
  refusalOfAmount,
  requestPayment,
  snapshot,
  type AmountNotPayable,
  type OpenPayment,
  type Order,
  type PaymentLimits,
} from './order.ts'

/**
 * The life of an order is the saga: its row is the state, and every step is one guarded update
 * with the messages it causes.
 *
 *   message or call                  from        to          then
 *   place                            –           pending     payment.request
 *   place (nothing to pay)           –           paid        ticket.issue, order.paid
 *   pay                              pending     pending     payment.cancel (the one before), payment.request
 *   payment.requested                pending     pending     order.awaiting-payment; the hold's clock starts again, once
 *   payment.settled                  pending     paid        ticket.issue, order.paid, payment.cancel (another open one)
 *   payment.failed                   pending     pending     the buyer may try again until the hold runs out …
 *   payment.failed (hold over)       pending     expired     … and not after
 *   payment.mismatched               pending …   unchanged   order.payment-mismatch: buyer and operator are told
 *   payment.expired                  pending     expired     order.expired
 *   cancel                           pending     cancelled   payment.cancel, order.cancelled
 *   hold.expired (nothing open)      pending     expired     order.expired
 *   hold.expired (payment open)      pending     pending     payment.cancel; the gateway has the last word …
 *   hold.expired (closing)           pending     expired     … for a minute; order.expired
 *   payment.settled                  expired     paid        if the stock can be taken again …
 *   payment.settled                  expired     refunding   … else payment.refund      (a late payment)
 *   payment.settled                  cancelled   refunding   payment.refund
 *   payment.settled (another one)    paid …      unchanged   payment.refund             (paid twice)
 *   payment.settled (another one)    expired     unchanged   payment.refund             (the first was reversed)
 *   cancel (refundable, organiser)   paid        refunding   ticket.revoke, payment.refund
 *   cancel (nothing was paid)        paid        cancelled   ticket.revoke
 *   cancel (confirmed by link)       paid        cancelled   ticket.revoke, payment.refund
 *   payment.reversed                 paid        expired     ticket.revoke, order.expired
 *   payment.reversed                 refunding   refunded    order.refunded: the bank was faster
 *   payment.refunded                 refunding   refunded    order.refunded
 *   payment.refund-failed            refunding   refund_due  order.refund-due: an operator is told
 *   payment.refunded (another)       paid …      unchanged   order.payment-returned
 *   payment.refund-failed (another)  paid …      unchanged   order.refund-due
 *   payment.refunded                 refund_due  refunded    order.refunded
 *   payment.reversed                 refund_due  refunded    order.refunded
 *
 * An order to be confirmed by a mailed link says confirmation.ask for payment.request, nothing for
 * order.awaiting-payment, and confirmation.withdraw beside order.cancelled.
 *
 * Stock follows the status alone: entering pending or paid takes it, leaving them sets it free.
 * A message that fits no row changes nothing; one about a payment that cannot be judged before
 * another message arrives is `too-early` and has to be delivered again.
 */
export type OrderInput =
  | { type: 'pay'; payment: OpenPayment; limits?: PaymentLimits }
  | { type: 'cancel'; by: 'buyer' | 'organiser' }
  | { type: 'hold.expired' }
  | {
      type: 'payment.requested'
      paymentId: string
      instructions: PaymentInstructions
      expiresAt: Date
    }
  | { type: 'payment.settled'; paymentId: string }
  | { type: 'payment.mismatched'; paymentId: string; paid?: Money }
  | { type: 'payment.failed'; paymentId: string }
  | { type: 'payment.expired'; paymentId: string }
  | { type: 'payment.reversed'; paymentId: string }
  | { type: 'payment.refunded'; paymentId: string; paid?: Money }
  | { type: 'payment.refund-failed'; paymentId: string; paid?: Money }

export type Circumstances = {
  event: EventOffer
  now: Date
  /** Whether the stock of an order that lost it is free to be taken again. */
  canRetake: boolean
}

export type PayError =
  | { kind: 'order-not-payable'; orderStatus: Order['status'] }
  | { kind: 'hold-over' }
  | AmountNotPayable
  | { kind: 'too-many-attempts'; attemptsMax: number }
  | { kind: 'idempotency-key-reused' }
export type CancelError =
  { kind: 'order-not-live'; orderStatus: Order['status'] } | { kind: 'order-not-refundable' }
export type OrderLifeError = PayError | CancelError | { kind: 'too-early' }

/** Attempts to pay one order, so that nobody fills the gateway with them. */
export const attemptsMax = 20

/** How long the gateway may take to say what became of a payment when the hold has run out. */
export const closingSeconds = 60

type Step<E = OrderLifeError> = Result<Decision<Order, BookingMessage>, E>
type Input<Type extends OrderInput['type']> = OrderInput & { type: Type }

export function advance(order: Order, input: Input<'pay'>, now: Circumstances): Step<PayError>
export function advance(order: Order, input: Input<'cancel'>, now: Circumstances): Step<CancelError>
export function advance(order: Order, input: OrderInput, circumstances: Circumstances): Step
export function advance(order: Order, input: OrderInput, circumstances: Circumstances): Step {
  switch (input.type) {
    case 'pay':
      return pay(order, input, circumstances)
    case 'cancel':
      return cancel(order, input.by, circumstances)
    case 'hold.expired':
      return holdExpired(order, circumstances)
    case 'payment.requested':
      return paymentRequested(order, input, circumstances)
    case 'payment.settled':
      return paymentSettled(order, input.paymentId, circumstances)
    case 'payment.mismatched':
      // A person has accepted it meanwhile.
      if (order.settledPaymentId === input.paymentId) return unchanged(order)
      return become(order, {}, moneyFact('order.payment-mismatch', input, circumstances.event))
    case 'payment.failed':
      return paymentFailed(order, input.paymentId, circumstances)
    case 'payment.expired':
      if (order.status !== 'pending' || !isOpen(order, input.paymentId)) return unchanged(order)
      return expire(order, circumstances)
    case 'payment.reversed':
      return paymentReversed(order, input.paymentId, circumstances)
    case 'payment.refunded':
      return paymentRefunded(order, input, circumstances)
    case 'payment.refund-failed':
      return refundFailed(order, input, circumstances)
    default:
      return unreachable(input)
  }
}

const unchanged = (order: Order): Step<never> => ok({ state: order, messages: [] })
/** The open attempt is over. */
function withoutPayment({ payment, formerPayments }: Order): Partial<Order> {
  if (!payment) return {}
  const { paymentId, gateway, method, channel } = payment
  const attempt = { paymentId, gateway, method, channel }
  return { payment: null, formerPayments: [...formerPayments, attempt] }
}

const isOpen = (order: Order, paymentId: string) => order.payment?.paymentId === paymentId

function become(
  order: Order,
  change: Partial<Order>,
  ...messages: ((after: Order) => BookingMessage | undefined)[]
): Step<never> {
  const state = { ...order, ...change }
  return ok({ state, messages: messages.flatMap((make) => make(state) ?? []) })
}

function pay(
  order: Order,
  { payment, limits }: Extract<OrderInput, { type: 'pay' }>,
  { event, now }: Circumstances,
): Step<PayError> {
  const { paymentId, gateway, method, channel } = payment
  const known = [order.payment, ...order.formerPayments].find((one) => one?.paymentId === paymentId)
  if (known) {
    const same = known.gateway === gateway && known.method === method && known.channel === channel
    return same ? unchanged(order) : err({ kind: 'idempotency-key-reused' })
  }
  if (order.status !== 'pending')
    return err({ kind: 'order-not-payable', orderStatus: order.status })
  if (order.closing || now >= order.expiresAt) return err({ kind: 'hold-over' })
  if (order.formerPayments.length >= attemptsMax) {
    return err({ kind: 'too-many-attempts', attemptsMax })
  }
  const notPayable = refusalOfAmount(order, limits)
  if (notPayable) return err(notPayable)
  return become(
    order,
    { ...withoutPayment(order), payment },
    cancelPayment(order.payment),
    (after) => requestPayment(after, payment, event.title),
  )
}

function cancel(
  order: Order,
  by: 'buyer' | 'organiser',
  { event, now }: Circumstances,
): Step<CancelError> {
  if (order.status === 'pending') {
    return become(
      order,
      { ...withoutPayment(order), status: 'cancelled', closing: false },
      cancelPayment(order.payment),
      fact('order.cancelled', event),
      withdrawConfirmation,
    )
  }
  if (order.status !== 'paid') return err({ kind: 'order-not-live', orderStatus: order.status })
  const { settledPaymentId } = order
  if (settledPaymentId === null) {
    return become(order, { status: 'cancelled' }, revoke, fact('order.cancelled', event))
  }
  // No money was taken that could be kept; the payment is given back for the books.
  if (wasConfirmed(order)) {
    return become(
      order,
      { status: 'cancelled' },
      revoke,
      refund(settledPaymentId, 'cancelled'),
      fact('order.cancelled', event),
      withdrawConfirmation,
    )
  }
  // Once it has begun, whoever was let in must not get the money back as well.
  const givenBack = event.refundable && now < new Date(event.startsAt)
  if (by === 'buyer' && !givenBack) return err({ kind: 'order-not-refundable' })
  return become(
    order,
    { status: 'refunding' },
    revoke,
    refund(
      settledPaymentId,
      by === 'buyer' ? 'cancelled by the buyer' : 'cancelled by the organiser',
    ),
    fact('order.refunding', event),
  )
}

function holdExpired(order: Order, circumstances: Circumstances): Step {
  const { now } = circumstances
  if (order.status !== 'pending' || now < order.expiresAt) return unchanged(order)
  if (order.payment === null || order.closing) return expire(order, circumstances)
  const expiresAt = new Date(now.getTime() + closingSeconds * 1000)
  return become(order, { closing: true, expiresAt }, cancelPayment(order.payment))
}

function expire(order: Order, { event }: Circumstances): Step {
  return become(
    order,
    { ...withoutPayment(order), status: 'expired', closing: false },
    fact('order.expired', event),
  )
}

function paymentRequested(
  order: Order,
  input: OrderInput & { type: 'payment.requested' },
  { event }: Circumstances,
): Step {
  const { payment } = order
  if (order.status !== 'pending' || !payment || payment.paymentId !== input.paymentId) {
    return unchanged(order)
  }
  // A buyer must not be told to pay what is being closed.
  if (payment.instructions !== null || order.closing) return unchanged(order)
  const { instructions } = input
  // The clock starts again, but not for ever: not beyond two holds after the order was placed. Who
  // was told the number at once could pay all the time.
  const holds = payment.vaDigits === undefined ? 2 : 1
  const latest = order.placedAt.getTime() + holds * order.holdSeconds * 1000
  const restarted = Math.min(input.expiresAt.getTime(), latest)
  const expiresAt = new Date(Math.max(order.expiresAt.getTime(), restarted))
  const change = { payment: { ...payment, instructions }, expiresAt }
  // Whoever asked for the confirmation also tells the buyer.
  if (payment.gateway === confirmation) return become(order, change)
  return become(order, change, (after) => ({
    type: 'order.awaiting-payment',
    key: order.id,
    data: { order: snapshot(after, event), instructions },
  }))
}

function paymentSettled(order: Order, paymentId: string, circumstances: Circumstances): Step {
  const { event, canRetake } = circumstances
  // A repeat, even of the settlement of a payment that was reversed since.
  if (order.settledPaymentId === paymentId) return unchanged(order)
  // An order keeps the first payment that settled, even when the bank took it back: if it took
  // another instead, repeats of older settlements could no longer be told from new money.
  if (order.settledPaymentId !== null) return become(order, {}, refund(paymentId, 'paid twice'))

  const inTime = order.status === 'pending'
  const late = order.status === 'expired' && canRetake && event.status === 'published'
  if (inTime || late) {
    const superseded = isOpen(order, paymentId) ? null : order.payment
    return become(
      order,
      { ...withoutPayment(order), status: 'paid', settledPaymentId: paymentId, closing: false },
      cancelPayment(superseded),
      (after) => ({ type: 'ticket.issue', key: order.id, data: { order: snapshot(after, event) } }),
      fact('order.paid', event),
    )
  }
  if (order.status === 'expired' || order.status === 'cancelled') {
    return become(
      order,
      { status: 'refunding', settledPaymentId: paymentId },
      refund(paymentId, 'paid too late'),
      fact('order.refunding', event),
    )
  }
  return become(order, {}, refund(paymentId, 'paid twice'))
}

function paymentFailed(order: Order, paymentId: string, circumstances: Circumstances): Step {
  if (order.status !== 'pending' || !isOpen(order, paymentId)) return unchanged(order)
  const { now } = circumstances
  if (order.closing || now >= order.expiresAt) return expire(order, circumstances)
  return become(order, withoutPayment(order))
}

function paymentReversed(order: Order, paymentId: string, { event }: Circumstances): Step {
  if (order.settledPaymentId === null) return err({ kind: 'too-early' })
  if (order.settledPaymentId !== paymentId) return unchanged(order)
  if (order.status === 'paid') {
    return become(order, { status: 'expired' }, revoke, fact('order.expired', event))
  }
  if (order.status === 'refunding' || order.status === 'refund_due') {
    return become(order, { status: 'refunded' }, fact('order.refunded', event))
  }
  return unchanged(order)
}

function paymentRefunded(
  order: Order,
  input: OrderInput & { type: 'payment.refunded' },
  { event }: Circumstances,
): Step {
  if (order.settledPaymentId !== input.paymentId) {
    return become(order, {}, moneyFact('order.payment-returned', input, event))
  }
  if (order.status !== 'refunding' && order.status !== 'refund_due') return unchanged(order)
  return become(order, { status: 'refunded' }, moneyFact('order.refunded', input, event))
}

function refundFailed(
  order: Order,
  input: OrderInput & { type: 'payment.refund-failed' },
  { event }: Circumstances,
): Step {
  const told = moneyFact('order.refund-due', input, event)
  if (order.settledPaymentId !== input.paymentId) return become(order, {}, told)
  if (order.status !== 'refunding') return unchanged(order)
  return become(order, { status: 'refund_due' }, told)
}

type OrderFact = Extract<BookingMessage['type'], `order.${string}`>

const fact =
  (type: Exclude<OrderFact, 'order.awaiting-payment'>, event: EventOffer) =>
  (after: Order): BookingMessage => ({
    type,
    key: after.id,
    data: { order: snapshot(after, event) },
  })

type MoneyFact = Extract<BookingMessage, { data: { payment?: MoneyReceived } }>['type'] & OrderFact

const moneyFact =
  (type: MoneyFact, { paymentId, paid }: { paymentId: string; paid?: Money }, event: EventOffer) =>
  (after: Order): BookingMessage => ({
    type,
    key: after.id,
    data: { order: snapshot(after, event), ...(paid && { payment: { paymentId, ...paid } }) },
  })

const cancelPayment =
  (payment: OpenPayment | null) =>
  ({ id }: Order): BookingMessage | undefined =>
    payment
      ? { type: 'payment.cancel', key: id, data: { orderId: id, paymentId: payment.paymentId } }
      : undefined

const wasConfirmed = ({ formerPayments, settledPaymentId }: Order): boolean =>
  formerPayments.find((one) => one.paymentId === settledPaymentId)?.gateway === confirmation

const withdrawConfirmation = (after: Order): BookingMessage | undefined =>
  isByConfirmation(after)
    ? { type: 'confirmation.withdraw', key: after.id, data: { orderId: after.id } }
    : undefined

const refund =
  (paymentId: string, reason: string) =>
  ({ id, total, currency }: Order): BookingMessage => ({
    type: 'payment.refund',
    key: id,
    data: { orderId: id, paymentId, amount: total, currency, reason },
  })

const revoke = ({ id, eventId }: Order): BookingMessage => ({
  type: 'ticket.revoke',
  key: id,
  data: { orderId: id, eventId },
})

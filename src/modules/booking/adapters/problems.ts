import type { Problems } from '../../../platform/problems.ts'
import type { PlaceOrderError } from '../use-cases/place-order.ts'
import type { PayOrderError } from '../use-cases/pay-order.ts'

type Kind = (PlaceOrderError | PayOrderError)['kind'] | 'buyer-needed'

/** Every refusal booking can answer. `too-early` is only ever met by messages, not by callers. */
export const bookingProblems = {
  'event-not-found': { status: 404, title: 'There is no such event on sale.', retry: false },
  'event-cancelled': { status: 409, title: 'The event was cancelled.', retry: false },
  'event-over': { status: 409, title: 'The event is over.', retry: false },
  'too-many-attempts': { status: 409, title: 'Too many attempts to pay this order.', retry: false },
  'ticket-type-not-found': {
    status: 422,
    title: 'The event has no such ticket type.',
    retry: false,
  },
  'ticket-type-repeated': {
    status: 422,
    title: 'Name each ticket type once, with its whole quantity.',
    retry: false,
  },
  'sales-not-started': { status: 409, title: 'This ticket type is not on sale yet.', retry: true },
  'sales-ended': { status: 409, title: 'This ticket type is no longer on sale.', retry: false },
  'too-many-tickets': { status: 422, title: 'More tickets than one order may have.', retry: false },
  'order-limit-reached': {
    status: 409,
    title: 'This buyer has as many orders for the event as allowed.',
    retry: false,
  },
  'ticket-limit-reached': {
    status: 409,
    title: 'This buyer would have more tickets for the event than allowed.',
    retry: false,
  },
  'sold-out': { status: 409, title: 'Not enough tickets are left.', retry: true },
  'no-numbered-seats': {
    status: 422,
    title: 'This ticket type has no numbered seats to choose.',
    retry: false,
  },
  'seats-do-not-match-quantity': {
    status: 422,
    title: 'Choose exactly one different seat per ticket.',
    retry: false,
  },
  'seat-not-found': { status: 422, title: 'There is no seat of this name.', retry: false },
  'seat-taken': { status: 409, title: 'A chosen seat is taken.', retry: true },
  'payment-method-unknown': {
    status: 422,
    title: 'There is no such payment method.',
    retry: false,
  },
  'amount-not-payable': {
    status: 422,
    title: 'This payment method cannot pay this total; see GET /v1/payment-methods.',
    retry: false,
  },
  'buyer-needed': {
    status: 422,
    title: 'Say who buys: name and e-mail, or sign in.',
    retry: false,
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'This Idempotency-Key was used for another request.',
    retry: false,
  },
  'desk-overloaded': {
    status: 503,
    title: 'Too many orders at once; nothing was placed.',
    retry: true,
  },
  'order-not-found': {
    status: 404,
    title: 'There is no such order, or it is not yours.',
    retry: false,
  },
  'order-not-live': { status: 409, title: 'The order has ended already.', retry: false },
  'order-not-refundable': {
    status: 409,
    title: 'Tickets of this event are not given back, or it has begun.',
    retry: false,
  },
  'order-not-payable': {
    status: 409,
    title: 'The order does not wait for a payment.',
    retry: false,
  },
  'hold-over': { status: 409, title: 'The hold has run out.', retry: false },
  'too-early': { status: 409, title: 'Another message has to come first.', retry: true },
} satisfies Problems<Kind>

import { Type } from 'typebox'
import { orderStatus } from '../contract.ts'
import type { Problems } from '../../../platform/problems.ts'
import type { CancelError } from '../domain/order-life.ts'
import type { PlaceOrderError } from '../use-cases/place-order.ts'
import type { PayOrderError } from '../use-cases/pay-order.ts'

type Kind = (PlaceOrderError | PayOrderError | CancelError)['kind'] | 'buyer-needed'

const ticketTypeId = Type.String({ description: 'The one it is about.' })
const orderState = { orderStatus }

/** Every refusal booking can answer. */
export const bookingProblems = {
  'event-not-found': { status: 404, title: 'There is no such event on sale.', retry: false },
  'event-cancelled': { status: 409, title: 'The event was cancelled.', retry: false },
  'event-over': { status: 409, title: 'The event is over.', retry: false },
  'too-many-attempts': {
    status: 409,
    title: 'Too many attempts to pay this order.',
    retry: false,
    details: { attemptsMax: Type.Integer() },
  },
  'ticket-type-not-found': {
    status: 422,
    title: 'The event has no such ticket type.',
    retry: false,
    details: { ticketTypeId },
  },
  'ticket-type-repeated': {
    status: 422,
    title: 'Name each ticket type once, with its whole quantity.',
    retry: false,
    details: { ticketTypeId },
  },
  'sales-not-started': {
    status: 409,
    title: 'This ticket type is not on sale yet.',
    retry: true,
    details: { ticketTypeId, validFrom: Type.String() },
  },
  'sales-ended': {
    status: 409,
    title: 'This ticket type is no longer on sale.',
    retry: false,
    details: { ticketTypeId },
  },
  'too-many-tickets': {
    status: 422,
    title: 'More tickets than one order may have.',
    retry: false,
    details: { ticketTypeId, ticketsPerOrderMax: Type.Integer() },
  },
  'order-limit-reached': {
    status: 409,
    title: 'This buyer has as many orders for the event as allowed.',
    retry: false,
    details: { ordersPerBuyerMax: Type.Integer() },
  },
  'ticket-limit-reached': {
    status: 409,
    title: 'This buyer would have more tickets for the event than allowed.',
    retry: false,
    details: { ticketsPerBuyerMax: Type.Integer() },
  },
  'sold-out': {
    status: 409,
    title: 'Not enough tickets are left.',
    retry: true,
    details: { ticketTypeId, left: Type.Integer() },
  },
  'no-numbered-seats': {
    status: 422,
    title: 'This ticket type has no numbered seats to choose.',
    retry: false,
    details: { ticketTypeId },
  },
  'seats-do-not-match-quantity': {
    status: 422,
    title: 'Choose exactly one different seat per ticket.',
    retry: false,
    details: { ticketTypeId },
  },
  'seat-not-found': {
    status: 422,
    title: 'There is no seat of this name.',
    retry: false,
    details: { ticketTypeId, seat: Type.String() },
  },
  'seat-taken': {
    status: 409,
    title: 'A chosen seat is taken.',
    retry: true,
    details: { ticketTypeId, seats: Type.Array(Type.String()) },
  },
  'payment-method-unknown': {
    status: 422,
    title: 'There is no such payment method.',
    retry: false,
    details: {
      detail: Type.String({ description: 'Which part there is not, and what there is instead.' }),
      methods: Type.Array(Type.String(), { description: 'Those there are.' }),
    },
  },
  'amount-not-payable': {
    status: 422,
    title: 'This payment method cannot pay this total; see GET /v1/payment-methods.',
    retry: false,
    details: {
      total: Type.Integer(),
      amountMin: Type.Integer(),
      amountMax: Type.Integer(),
      currency: Type.String(),
    },
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
  'order-not-live': {
    status: 409,
    title: 'The order has ended already.',
    retry: false,
    details: orderState,
  },
  'order-not-refundable': {
    status: 409,
    title: 'Tickets of this event are not given back, or it has begun.',
    retry: false,
  },
  'order-not-payable': {
    status: 409,
    title: 'The order does not wait for a payment.',
    retry: false,
    details: orderState,
  },
  'hold-over': { status: 409, title: 'The hold has run out.', retry: false },
} satisfies Problems<Kind>

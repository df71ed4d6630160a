import type { EventOffer } from '../../catalog/contract.ts'
import type {
  BookingMessage,
  Locale,
  OrderSnapshot,
  OrderStatus,
  PaymentInstructions,
} from '../contract.ts'
import { seatLabel } from './seats.ts'

/** A buyer's claim on tickets, from the hold to the end of its life. */
export type Order = {
  id: string
  eventId: string
  status: OrderStatus
  buyer: Buyer
  items: OrderItem[]
  /** Tickets in all items together. */
  quantity: number
  total: number
  currency: string
  /** The attempt to pay that is open now. */
  payment: OpenPayment | null
  /** Attempts that are over, oldest first; none of them is begun again. */
  formerPayments: Attempt[]
  /** The payment whose money the order keeps or has to give back. */
  settledPaymentId: string | null
  holdSeconds: number
  expiresAt: Date
  /** The hold ran out and the gateway is being asked to close the open payment. */
  closing: boolean
  /** By which a repeat of the request that placed the order is known. */
  requestHash: string | null
  /** The day for which the tickets are wanted, in ISO 8601 as the buyer wrote it. */
  visitDate: string | null
  placedAt: Date
}

export type Buyer = {
  userId: string | null
  name: string
  /** Lower case. */
  email: string
  phone: string | null
  locale: Locale
}

export type OrderItem = {
  ticketTypeId: string
  name: string
  quantity: number
  unitPrice: number
  /** Null when the type has no numbered seats. */
  seatsPerRow: number | null
  /** Positions; empty when the type has no numbered seats. */
  seats: number[]
}

/** How a buyer set out to pay. */
export type Attempt = {
  paymentId: string
  gateway: string
  method: string
  channel: string | null
}

/** Which totals a method can pay. */
export type PaymentLimits = { amountMin: number; amountMax: number; currency: string }
export type AmountNotPayable = { kind: 'amount-not-payable'; total: number } & PaymentLimits

/** The refusal of a total that the method cannot pay; undefined when it can, or nothing is known. */
export function refusalOfAmount(
  { total, currency }: Pick<Order, 'total' | 'currency'>,
  limits: PaymentLimits | undefined,
): AmountNotPayable | undefined {
  if (!limits) return undefined
  const fits = total >= limits.amountMin && total <= limits.amountMax
  if (fits && currency === limits.currency) return undefined
  return { kind: 'amount-not-payable', total, ...limits }
}

export type OpenPayment = Attempt & {
  /** What the buyer was told that the virtual account number ends with, before it was asked for. */
  vaDigits?: string
  /** Null until the gateway answered. */
  instructions: PaymentInstructions | null
}

/** The gateway, and its one method, by which an order is confirmed by a mailed link, not by money. */
export const confirmation = 'confirmation'

/** Whether the order was placed to be confirmed by a mailed link. */
export const isByConfirmation = ({ payment, formerPayments }: Order): boolean =>
  [payment, ...formerPayments].some((attempt) => attempt?.gateway === confirmation)

/** A live order has stock set aside for it. */
export const isLive = (status: OrderStatus): boolean => status === 'pending' || status === 'paid'

export const seatLabels = ({ seats, seatsPerRow }: OrderItem): string[] =>
  seatsPerRow === null ? [] : seats.map((position) => seatLabel(position, seatsPerRow))

/** The order as other modules see it. */
export function snapshot(order: Order, event: EventOffer): OrderSnapshot {
  return {
    orderId: order.id,
    eventId: order.eventId,
    eventTitle: event.title,
    eventStartsAt: event.startsAt,
    eventLocation: event.location,
    status: order.status,
    buyer: order.buyer,
    items: itemSnapshots(order),
    total: order.total,
    currency: order.currency,
    expiresAt: order.expiresAt.toISOString(),
    ...(isByConfirmation(order) && { byConfirmation: true }),
  }
}

const itemSnapshots = (order: Order): OrderSnapshot['items'] =>
  order.items.map((item) => ({
    ticketTypeId: item.ticketTypeId,
    name: item.name,
    quantity: item.quantity,
    unitPrice: item.unitPrice,
    seats: seatLabels(item),
  }))

/**
 * The command that begins an attempt to pay: asks the gateway for a way to pay the order, or has
 * its buyer asked to confirm it.
 */
export function requestPayment(
  order: Order,
  payment: OpenPayment,
  eventTitle: string,
): BookingMessage {
  if (payment.gateway === confirmation) {
    return { type: 'confirmation.ask', key: order.id, data: { orderId: order.id } }
  }
  return {
    type: 'payment.request',
    key: order.id,
    data: {
      orderId: order.id,
      paymentId: payment.paymentId,
      eventId: order.eventId,
      gateway: payment.gateway,
      method: payment.method,
      channel: payment.channel,
      ...(payment.vaDigits !== undefined && { vaDigits: payment.vaDigits }),
      amount: order.total,
      currency: order.currency,
      description: eventTitle,
      buyer: order.buyer,
      items: itemSnapshots(order),
      holdSeconds: order.holdSeconds,
    },
  }
}

import assert from 'node:assert'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { EventOffer, TicketTypeOffer } from '../../catalog/contract.ts'
import type { BookingMessage } from '../contract.ts'
import {
  isLive,
  refusalOfAmount,
  requestPayment,
  snapshot,
  type AmountNotPayable,
  type Buyer,
  type OpenPayment,
  type Order,
  type OrderItem,
  type PaymentLimits,
} from './order.ts'
import { bestAvailable, isFree, seatPosition, takeSeats, type SeatMap } from './seats.ts'

const dayMillis = 24 * 60 * 60 * 1000

export type PlaceOrder = {
  orderId: string
  requestHash: string | null
  eventId: string
  buyer: Buyer
  items: WantedItem[]
  /** The attempt to pay that begins with the order; null: the buyer chooses later. */
  payment: OpenPayment | null
  /** What that attempt can pay; left out: anything. */
  paymentLimits?: PaymentLimits
  /** How long the hold lasts, whatever the event says. */
  holdSeconds: number | null
  /** How long the hold lasts when nobody says. */
  defaultHoldSeconds: number
  /** In ISO 8601, when the buyer said for which day. */
  visitDate?: string
  /** How many live orders the buyer may then have at the event; the event may allow fewer. */
  ordersPerBuyerMax?: number
}

export type WantedItem = {
  ticketTypeId: string
  quantity: number
  /** Labels, one per ticket; undefined: the best that are free. */
  seats?: string[]
}

/**
 * What one event has to sell, as read under the lock on its stock. Whoever holds that lock decides
 * one order after another on it, and takes each placed order into account for the next.
 */
export type Stock = {
  offer: EventOffer
  levels: Map<string, { capacity: number; taken: number }>
  seats: Map<string, SeatMap>
  /** By e-mail, what the buyers of this batch already have at the event. */
  buyers: Map<string, { orders: number; tickets: number }>
  /** By id, the orders that repeated requests may mean. */
  known: Map<string, Order>
}

export type PlaceOrderError =
  | { kind: 'event-not-found' }
  | { kind: 'event-cancelled' }
  | { kind: 'event-over' }
  | { kind: 'idempotency-key-reused' }
  | { kind: 'ticket-type-not-found'; ticketTypeId: string }
  | { kind: 'ticket-type-repeated'; ticketTypeId: string }
  | { kind: 'sales-not-started'; ticketTypeId: string; validFrom: string }
  | { kind: 'sales-ended'; ticketTypeId: string }
  | { kind: 'too-many-tickets'; ticketTypeId: string; ticketsPerOrderMax: number }
  | { kind: 'order-limit-reached'; ordersPerBuyerMax: number }
  | { kind: 'ticket-limit-reached'; ticketsPerBuyerMax: number }
  | { kind: 'sold-out'; ticketTypeId: string; left: number }
  | { kind: 'no-numbered-seats'; ticketTypeId: string }
  | { kind: 'seats-do-not-match-quantity'; ticketTypeId: string }
  | { kind: 'seat-not-found'; ticketTypeId: string; seat: string }
  | { kind: 'seat-taken'; ticketTypeId: string; seats: string[] }
  | AmountNotPayable

export type Placed = { order: Order; messages: BookingMessage[]; repeated: boolean }

/**
 * Decides one order: all of its items or none. It changes nothing; `takeIntoAccount` does. The
 * same request again yields the order it placed the first time.
 */
export function placeOrder(
  stock: Stock,
  command: PlaceOrder,
  now: Date,
): Result<Placed, PlaceOrderError> {
  const { offer } = stock
  const known = stock.known.get(command.orderId)
  if (known && known.requestHash !== command.requestHash)
    return err({ kind: 'idempotency-key-reused' })
  if (known) return ok({ order: known, messages: [], repeated: true })
  if (offer.status === 'draft') return err({ kind: 'event-not-found' })
  if (offer.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (now >= eventEnd(offer)) return err({ kind: 'event-over' })

  const items: OrderItem[] = []
  for (const wanted of command.items) {
    if (items.some((item) => item.ticketTypeId === wanted.ticketTypeId)) {
      return err({ kind: 'ticket-type-repeated', ticketTypeId: wanted.ticketTypeId })
    }
    const item = decideItem(stock, wanted, now)
    if (!item.ok) return item
    items.push(item.value)
  }

  const quantity = items.reduce((sum, item) => sum + item.quantity, 0)
  const has = stock.buyers.get(command.buyer.email)
  const ordersPerBuyerMax = Math.min(
    command.ordersPerBuyerMax ?? Infinity,
    offer.ordersPerBuyerMax ?? Infinity,
  )
  if ((has?.orders ?? 0) >= ordersPerBuyerMax) {
    return err({ kind: 'order-limit-reached', ordersPerBuyerMax })
  }
  if (
    offer.ticketsPerBuyerMax !== null &&
    (has?.tickets ?? 0) + quantity > offer.ticketsPerBuyerMax
  ) {
    return err({ kind: 'ticket-limit-reached', ticketsPerBuyerMax: offer.ticketsPerBuyerMax })
  }
  const placed = place(offer, command, items, now)
  const { order } = placed
  const notPayable = order.payment && refusalOfAmount(order, command.paymentLimits)
  return notPayable ? err(notPayable) : ok(placed)
}

function eventEnd({ startsAt, endsAt }: EventOffer): Date {
  return endsAt === null ? new Date(Date.parse(startsAt) + dayMillis) : new Date(endsAt)
}

function decideItem(
  stock: Stock,
  wanted: WantedItem,
  now: Date,
): Result<OrderItem, PlaceOrderError> {
  const { ticketTypeId, quantity } = wanted
  const type = stock.offer.ticketTypes.find((one) => one.ticketTypeId === ticketTypeId)
  const level = stock.levels.get(ticketTypeId)
  if (!type || !level) return err({ kind: 'ticket-type-not-found', ticketTypeId })
  if (type.validFrom !== null && now < new Date(type.validFrom)) {
    return err({ kind: 'sales-not-started', ticketTypeId, validFrom: type.validFrom })
  }
  if (type.validUntil !== null && now >= new Date(type.validUntil)) {
    return err({ kind: 'sales-ended', ticketTypeId })
  }
  if (quantity > type.ticketsPerOrderMax) {
    const { ticketsPerOrderMax } = type
    return err({ kind: 'too-many-tickets', ticketTypeId, ticketsPerOrderMax })
  }
  const left = level.capacity - level.taken
  if (quantity > left) return err({ kind: 'sold-out', ticketTypeId, left })

  const seats = decideSeats(stock, type, wanted)
  if (!seats.ok) return seats
  const { name, unitPrice, seatsPerRow } = type
  return ok({ ticketTypeId, name, quantity, unitPrice, seatsPerRow, seats: seats.value })
}

function decideSeats(
  stock: Stock,
  type: TicketTypeOffer,
  wanted: WantedItem,
): Result<number[], PlaceOrderError> {
  const { ticketTypeId, seatsPerRow } = type
  const map = stock.seats.get(ticketTypeId)
  if (seatsPerRow === null) {
    return wanted.seats ? err({ kind: 'no-numbered-seats', ticketTypeId }) : ok([])
  }
  assert(map, 'the seats of a numbered ticket type are read before it is sold')
  if (!wanted.seats) {
    const seats = bestAvailable(map, wanted.quantity)
    return seats ? ok(seats) : err({ kind: 'sold-out', ticketTypeId, left: 0 })
  }

  if (new Set(wanted.seats).size !== wanted.quantity || wanted.seats.length !== wanted.quantity) {
    return err({ kind: 'seats-do-not-match-quantity', ticketTypeId })
  }
  const positions: number[] = []
  const taken: string[] = []
  for (const seat of wanted.seats) {
    const position = seatPosition(seat, seatsPerRow)
    if (position === undefined || position > map.taken.length) {
      return err({ kind: 'seat-not-found', ticketTypeId, seat })
    }
    if (!isFree(map, position)) taken.push(seat)
    positions.push(position)
  }
  return taken.length > 0 ? err({ kind: 'seat-taken', ticketTypeId, seats: taken }) : ok(positions)
}

function place(offer: EventOffer, command: PlaceOrder, items: OrderItem[], now: Date): Placed {
  const total = items.reduce((sum, item) => sum + item.quantity * item.unitPrice, 0)
  const holdSeconds = command.holdSeconds ?? offer.holdSeconds ?? command.defaultHoldSeconds
  const free = total === 0
  const order: Order = {
    id: command.orderId,
    eventId: command.eventId,
    status: free ? 'paid' : 'pending',
    buyer: command.buyer,
    items,
    quantity: items.reduce((sum, item) => sum + item.quantity, 0),
    total,
    currency: offer.currency,
    payment: free ? null : command.payment,
    formerPayments: [],
    settledPaymentId: null,
    holdSeconds,
    expiresAt: new Date(now.getTime() + holdSeconds * 1000),
    closing: false,
    requestHash: command.requestHash,
    visitDate: command.visitDate ?? null,
    placedAt: now,
  }
  return { order, messages: messagesOf(order, offer), repeated: false }
}

function messagesOf(order: Order, offer: EventOffer): BookingMessage[] {
  if (order.payment) return [requestPayment(order, order.payment, offer.title)]
  if (order.status !== 'paid') return []
  const data = { order: snapshot(order, offer) }
  return [
    { type: 'ticket.issue', key: order.id, data },
    { type: 'order.paid', key: order.id, data },
  ]
}

/** Takes a placed order into account for the decisions that follow. */
export function takeIntoAccount(stock: Stock, order: Order): void {
  if (!isLive(order.status)) return
  for (const item of order.items) {
    const level = stock.levels.get(item.ticketTypeId)
    if (level) level.taken += item.quantity
    const map = stock.seats.get(item.ticketTypeId)
    if (map) takeSeats(map, item.seats)
  }
  const has = stock.buyers.get(order.buyer.email) ?? { orders: 0, tickets: 0 }
  has.orders += 1
  has.tickets += order.quantity
  stock.buyers.set(order.buyer.email, has)
  if (order.requestHash !== null) stock.known.set(order.id, order)
}

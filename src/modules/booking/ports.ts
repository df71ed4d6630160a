import type { Result } from '../../kernel/result.ts'
import type { Decision } from '../../kernel/store.ts'
import type { TimelineEntry } from '../../kernel/timeline.ts'
import type { AdmissionApi } from '../admission/contract.ts'
import type { CatalogApi, EventOffer } from '../catalog/contract.ts'
import type { NotificationApi } from '../notification/contract.ts'
import type { PaymentApi } from '../payment/contract.ts'
import type { BookingMessage } from './contract.ts'
import type { Circumstances } from './domain/order-life.ts'
import type { Order } from './domain/order.ts'
import type { PlaceOrder, PlaceOrderError } from './domain/place-order.ts'

export { seatLabels, type Order } from './domain/order.ts'

/** Takes orders. An order it answers with is committed. */
export type OrderDesk = {
  place(command: PlaceOrder): Promise<Result<Order, PlaceOrderError | { kind: 'desk-overloaded' }>>
}

/** What is locked while a decision about an order is taken. */
export type FoundOrder = { order: Order } & Circumstances

/** Keeps orders after they were placed. Stock and seats follow an order's status by themselves. */
export type OrderBook = {
  find(orderId: string): Promise<Order | undefined>
  /** The states an order has had, and the messages booking wrote about it, oldest first. */
  timelineOf(order: Order): Promise<TimelineEntry[]>
  /** Decides under the lock on the order; saves its state, stock and messages in one transaction. */
  update<E>(
    orderId: string,
    decide: (found: FoundOrder | undefined) => Result<Decision<Order, BookingMessage>, E>,
    /** Whether to find out, under lock, if an expired order's stock can be taken again. */
    options?: { mayRetake: boolean },
  ): Promise<Result<Order, E>>
  /**
   * The same for many orders at once, those that `which` names; refusals leave an order as it is.
   * Resolves to how many were looked at, 0 when there is nothing left to do.
   */
  updateSome(
    which: 'due' | { liveOrdersOf: string },
    decide: (found: FoundOrder) => Result<Decision<Order, BookingMessage>, unknown>,
  ): Promise<number>
}

/** Keeps the terms on which events are sold, and their stock. */
export type OfferBook = {
  /** Applies newer terms: makes stock and seats, changes capacity but never below what is taken. */
  apply(offer: EventOffer): Promise<void>
  find(eventId: string): Promise<EventOffer | undefined>
}

/** Follows orders; see `RowWatch`. */
export type OrderWatch = {
  changesOf(order: Order, signal: AbortSignal): AsyncGenerator<Order>
  waitFor(order: Order, until: (order: Order) => boolean, millis: number): Promise<Order>
}

/** What is left of an event, as ready-made bytes. */
export type AvailabilityPage = { body: Buffer; etag: string }

/**
 * Says what is left of each ticket type. Computed once per interval for everyone who asks, so that
 * reads cost the same at one buyer and at a million; `forget` makes the next reader see the truth.
 */
export type Availability = {
  of(eventId: string): Promise<AvailabilityPage | undefined>
  forget(eventId: string): void
  /** The page, and again whenever it changed. */
  changesOf(eventId: string, signal: AbortSignal): AsyncGenerator<unknown>
}

/** Everything booking needs from the world. */
export type BookingPorts = {
  desk: OrderDesk
  orders: OrderBook
  offers: OfferBook
  catalog: Pick<CatalogApi, 'roleAt'>
  payment: Pick<PaymentApi, 'methods' | 'paymentsOf' | 'refundsOf' | 'timelineOf'>
  admission: Pick<AdmissionApi, 'timelineOf'>
  notification: Pick<NotificationApi, 'timelineOf'>
  newId: () => string
  /** Digits that no other virtual account of ours has had: at least as many as asked for. */
  nextVaDigits: (length: number) => Promise<string>
  /** How long a hold lasts when its event does not say. */
  holdSeconds: number
}

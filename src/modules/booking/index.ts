import type pg from 'pg'
import type { FastifyBaseLogger } from 'fastify'
import { newId } from '../../platform/ids.ts'
import type { MessageHandler, Module } from '../../platform/module.ts'
import type { SharedPages } from '../../platform/shared-pages.ts'
import type { AdmissionApi } from '../admission/contract.ts'
import type { CatalogApi, CatalogMessage } from '../catalog/contract.ts'
import type { PaymentMessage } from '../payment/contract.ts'
import { availability, seatPages } from './adapters/availability.ts'
import { bookingRoutes } from './adapters/http.ts'
import { bookingGauges } from './adapters/gauges.ts'
import { capacityMin, postgresOfferBook, stockOf } from './adapters/offer-book.ts'
import { postgresOrderBook } from './adapters/order-book.ts'
import { orderDesk } from './adapters/order-desk.ts'
import { orderWatch } from './adapters/order-watch.ts'
import { bookingProblems } from './adapters/problems.ts'
import { leftOf } from './adapters/queries.ts'
import { vaDigits } from './adapters/va-digits.ts'
import type { BookingApi, OrderSecrets } from './contract.ts'
import { snapshot } from './domain/order.ts'
import type { OrderInput } from './domain/order-life.ts'
import type { Availability, BookingPorts, OrderWatch } from './ports.ts'
import { advanceOrder } from './use-cases/advance-order.ts'
import { applyOffer } from './use-cases/apply-offer.ts'
import { expireHolds } from './use-cases/expire-holds.ts'
import { payOrder } from './use-cases/pay-order.ts'

export { orderSecrets } from './adapters/order-secrets.ts'

/** Who has to choose among the seats that are left sees soon which are gone. */
const seatsRefreshSeconds = 1

export type BookingOptions = Pick<
  BookingPorts,
  'payment' | 'admission' | 'notification' | 'holdSeconds'
> & {
  catalog: Pick<CatalogApi, 'roleAt' | 'findEvent'>
  redemptionsOf: AdmissionApi['redemptionsOf']
  pool: pg.Pool
  /** Connections with `pipeline: true`, for the desk alone. */
  deskPool: pg.Pool
  log: FastifyBaseLogger
  secrets: OrderSecrets
  catalogRefreshSeconds: number
  pages: SharedPages
}

/** Also what the routes of foreign contracts need. */
export type BookingModule = Module<BookingApi> & {
  ports: BookingPorts
  watch: OrderWatch
  availability: Availability
}

/** Booking: stock, seats, holds, orders and their life. */
export function bookingModule(options: BookingOptions): BookingModule {
  const { pool, log, secrets } = options
  const left = availability(pool, options.pages, options.catalogRefreshSeconds)
  const ports: BookingPorts = {
    ...options,
    desk: orderDesk({
      pool: options.deskPool,
      ordersPerBatchMax: 500,
      waitingMax: 10_000,
      waitMillisMax: 1_500,
      eventsRememberedMax: 200,
      onSoldOut: left.forget,
    }),
    orders: postgresOrderBook(pool),
    offers: postgresOfferBook(pool),
    newId,
    nextVaDigits: vaDigits(pool),
  }

  const watch = orderWatch(pool, log)

  return {
    ports,
    watch,
    availability: left,
    name: 'booking',
    problems: bookingProblems,
    routes: (http) =>
      bookingRoutes(http, ports, {
        pool,
        secrets,
        watch,
        availability: left,
        seatsOf: seatPages(pool, options.pages, seatsRefreshSeconds),
        findEvent: options.catalog.findEvent,
        redemptionsOf: options.redemptionsOf,
      }),
    handlers: messageHandlers(ports),
    gauges: bookingGauges,
    tasks: [
      {
        name: 'booking.expireHolds',
        isUrgent: true,
        everyMillis: 1_000,
        run: (signal) => expireHolds(ports, signal),
      },
    ],
    api: {
      ...orderApi(ports),
      stockOf: (eventId) => stockOf(pool, eventId),
      capacityMin: (eventId, ticketTypeId) => capacityMin(pool, eventId, ticketTypeId),
      leftOf: (eventIds) => leftOf(pool, eventIds),
    },
  }
}

function orderApi(ports: BookingPorts): Pick<BookingApi, 'findOrder' | 'payOrder'> {
  return {
    async findOrder(orderId) {
      const order = await ports.orders.find(orderId)
      const event = order && (await ports.offers.find(order.eventId))
      return order && event && snapshot(order, event)
    },
    async payOrder(orderId, paymentId, choice) {
      const result = await payOrder(ports, { orderId, paymentId, choice })
      if (result.ok) return undefined
      return result.error.kind
    },
  }
}

function messageHandlers(ports: BookingPorts): Record<string, MessageHandler> {
  /** Feeds what payment reports to the order; an order that must wait for more is asked again. */
  const follow: MessageHandler = async ({ type, data }) => {
    const message = { type, data } as Omit<PaymentMessage, 'key'>
    const result = await advanceOrder(ports, message.data.orderId, toInput(message))
    if (result.ok) return
    if (result.error.kind === 'too-early' || result.error.kind === 'order-not-found') {
      throw new Error(`${type} for ${message.data.orderId}: ${result.error.kind}`)
    }
  }
  return {
    'event.changed': ({ data }) => applyOffer(ports, (data as CatalogMessage['data']).offer),
    'payment.requested': follow,
    'payment.settled': follow,
    'payment.mismatched': follow,
    'payment.failed': follow,
    'payment.expired': follow,
    'payment.reversed': follow,
    'payment.refunded': follow,
    'payment.refund-failed': follow,
  }
}

function toInput({ type, data }: Omit<PaymentMessage, 'key'>): OrderInput {
  const { paymentId } = data
  if (type === 'payment.requested') {
    const { instructions, expiresAt } = data as Extract<
      PaymentMessage,
      { type: typeof type }
    >['data']
    return { type, paymentId, instructions, expiresAt: new Date(expiresAt) }
  }
  if (
    type === 'payment.mismatched' ||
    type === 'payment.refunded' ||
    type === 'payment.refund-failed'
  ) {
    const { amount, currency } = data as Extract<PaymentMessage, { type: typeof type }>['data']
    const paid = amount !== undefined && currency !== undefined && { amount, currency }
    return { type, paymentId, ...(paid && { paid }) }
  }
  return { type, paymentId }
}

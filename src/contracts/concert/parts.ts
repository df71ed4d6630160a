import type pg from 'pg'
import type { BookingApi } from '../../modules/booking/contract.ts'
import type { Availability, BookingPorts, OrderWatch } from '../../modules/booking/ports.ts'
import type { PaymentOfOrder } from '../../modules/payment/contract.ts'
import type { AcceptWebhook, PaymentPorts } from '../../modules/payment/ports.ts'
import type { RowWatch } from '../../platform/row-watch.ts'
import type { SandboxBuyer } from '../../modules/payment/use-cases/act-as-buyer.ts'

export type ConcertParts = {
  pool: pg.Pool
  booking: { ports: BookingPorts; watch: OrderWatch; availability: Availability }
  orders: Pick<BookingApi, 'findOrder'>
  payment: {
    ports: PaymentPorts
    acceptWebhook: AcceptWebhook
    watch: RowWatch<PaymentOfOrder>
  }
  /** The event whose tickets it sells. */
  eventId: string
  holdSeconds: number
  /** What the bank puts before our digits; undefined: nobody knows until the gateway says it. */
  vaPrefix: string | undefined
  /** The sandbox's buyer, whom anybody may tell to pay; undefined: a callback needs its signature. */
  unsigned: SandboxBuyer | undefined
}

/** Callers show what this API asks for, not what `/v1` does. */
export const own = { access: 'own-credentials' } as const

export const ticketNotFound = { message: 'ticket: not found' }
export const orderNotFound = { message: 'order: not found' }
export const orderExists = { message: 'order: already exist' }

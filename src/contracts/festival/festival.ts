import type pg from 'pg'
import type { BookingApi } from '../../modules/booking/contract.ts'
import type { BookingPorts } from '../../modules/booking/ports.ts'
import type { CatalogPorts } from '../../modules/catalog/ports.ts'
import type { IdentityApi } from '../../modules/identity/contract.ts'
import type { IdentityPorts } from '../../modules/identity/ports.ts'
import type { NotificationPorts } from '../../modules/notification/ports.ts'
import type { PaymentApi } from '../../modules/payment/contract.ts'
import type { PaymentPorts } from '../../modules/payment/ports.ts'
import type { Contract } from '../contract.ts'
import { bookingRoutes } from './bookings.ts'
import { confirmationConsumer, deletionConsumer } from './consumers.ts'
import { festivalRoutes } from './festivals.ts'
import { idCardRoutes } from './id-cards.ts'
import { confirmationQueue, deletionQueue } from './queues.ts'
import { answerErrors } from './replies.ts'
import { userRoutes } from './users.ts'

/** What the contract translates onto. */
export type FestivalNeeds = {
  pool: pg.Pool
  clock: () => Date
  identity: { api: IdentityApi; ports: IdentityPorts }
  catalog: { ports: CatalogPorts }
  booking: { api: BookingApi; ports: BookingPorts }
  payment: { api: PaymentApi; ports: PaymentPorts }
  notification: { ports: NotificationPorts }
  /** Where the links in mails lead. */
  publicUrl: string
  /** How long a booking waits to be confirmed. */
  holdSeconds: number
}

/** The Festival Ticket API: users, festivals, and bookings that a mailed link confirms. */
export function festivalContract(needs: FestivalNeeds): Contract {
  return {
    name: 'festival',
    prepare: (http) => void http.setErrorHandler(answerErrors),
    routes: {
      identity(http) {
        userRoutes(http, needs)
        idCardRoutes(http, needs)
      },
      catalog: (http) => festivalRoutes(http, needs),
      booking: (http) => bookingRoutes(http, needs),
    },
    consumers: {
      [confirmationQueue.name]: confirmationConsumer(needs),
      [deletionQueue.name]: deletionConsumer(needs),
    },
  }
}

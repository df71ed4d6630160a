import type pg from 'pg'
import type { BookingApi } from '../../modules/booking/contract.ts'
import type { BookingPorts } from '../../modules/booking/ports.ts'
import type { CatalogPorts } from '../../modules/catalog/ports.ts'
import type { IdentityApi } from '../../modules/identity/contract.ts'
import type { IdentityPorts } from '../../modules/identity/ports.ts'
import type { NotificationPorts } from '../../modules/notification/ports.ts'
import type { PaymentApi } from '../../modules/payment/contract.ts'
import type { PaymentPorts } from '../../modules/payment/ports.ts'

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

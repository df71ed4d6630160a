import type { Store } from '../../kernel/store.ts'
import type { BookingApi, OrderSecrets } from '../booking/contract.ts'
import type { CatalogApi } from '../catalog/contract.ts'
import type { AdmissionMessage } from './contract.ts'
import type { CheckIn, Scan } from './domain/check-in.ts'
import type { OrderTickets } from './domain/order-tickets.ts'

/** Everything admission needs from the world. */
export type AdmissionPorts = {
  orders: Store<OrderTickets, AdmissionMessage>
  doors: {
    /** Lets in each ticket once, however many doors ask at the same time, and logs the scan. */
    redeem(scan: Scan): Promise<CheckIn>
  }
  codes: {
    codeOf(ticket: { id: string; eventId: string }): string
    /** The ticket a code was made for; undefined when none of our keys signed it. */
    ticketIn(code: string): string | undefined
  }
  booking: Pick<BookingApi, 'findOrder'>
  secrets: Pick<OrderSecrets, 'opens'>
  catalog: Pick<CatalogApi, 'roleAt'>
  newId: () => string
  derivedId: (...parts: string[]) => string
  clock: () => Date
}

import type { Store } from '../../kernel/store.ts'
import type { BookingApi } from '../booking/contract.ts'
import type { CatalogMessage } from './contract.ts'
import type { Event } from './domain/event.ts'

export type { Event, EventTerms, TicketTypeTerms } from './domain/event.ts'

/** Everything catalog needs from the world. */
export type CatalogPorts = {
  events: Store<Event, CatalogMessage>
  booking: Pick<BookingApi, 'stockOf' | 'capacityMin'>
  clock: () => Date
  /** Resolves after this many milliseconds. */
  pause: (millis: number) => Promise<unknown>
  /** How old a public answer may be when another process changed the event. */
  catalogRefreshSeconds: number
}

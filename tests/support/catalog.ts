import type { Principal, Role } from '../../src/kernel/principal.ts'
import { ok } from '../../src/kernel/result.ts'
import type { CatalogMessage } from '../../src/modules/catalog/contract.ts'
import type { Event, TicketType } from '../../src/modules/catalog/domain/event.ts'
import type { CatalogPorts } from '../../src/modules/catalog/ports.ts'
import { memoryStore } from '../../src/platform/memory-store.ts'

export const now = new Date('2030-01-01T00:00:00Z')
export const later = (millis: number): Date => new Date(now.getTime() + millis)

/** A UUID that a reader of a failing test can tell from another. */
export const uuid = (number: number): string =>
  `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

const principal = (number: number, ...roles: Role[]): Principal => ({
  userId: uuid(number),
  email: `user${number}@example.org`,
  name: `User ${number}`,
  roles,
})
export const organiser = principal(1, 'organiser')
export const otherOrganiser = principal(2, 'organiser')
export const admin = principal(3, 'admin')
export const doorStaff = principal(4, 'buyer')
export const stranger = principal(5, 'buyer')

export const aTicketType = (changes: Partial<TicketType> = {}): TicketType => ({
  id: uuid(201),
  position: 0,
  name: 'Regular',
  description: '',
  unitPrice: 100_000,
  capacity: 100,
  ticketsPerOrderMax: 10,
  validFrom: null,
  validUntil: null,
  seatsPerRow: null,
  requestHash: null,
  ...changes,
})

/** A draft with one ticket type, ready to be published. */
export const anEvent = (changes: Partial<Event> = {}): Event => ({
  id: uuid(101),
  version: 1,
  organiserId: organiser.userId,
  title: 'Malam Keroncong',
  description: '',
  category: 'concert',
  facilities: ['Toilet'],
  bannerPath: null,
  location: 'Solo',
  startsAt: later(86_400_000),
  endsAt: null,
  timeZone: 'Asia/Jakarta',
  currency: 'IDR',
  refundable: false,
  ordersPerBuyerMax: null,
  ticketsPerBuyerMax: null,
  holdSeconds: null,
  status: 'draft',
  createdAt: now,
  ticketTypes: [aTicketType()],
  staffIds: [doorStaff.userId],
  requestHash: null,
  ...changes,
})

export type Stock = Awaited<ReturnType<CatalogPorts['booking']['stockOf']>>

export const takenIn = (stock: Stock, ticketTypeId: string): number =>
  stock?.levels.find((level) => level.ticketTypeId === ticketTypeId)?.taken ?? 0

/** What booking says of an event of which this many tickets are taken, by ticket type. */
export const soldTickets = (takenOf: Record<string, number>): Stock => ({
  offerVersion: Number.MAX_SAFE_INTEGER,
  levels: Object.entries(takenOf).map(([ticketTypeId, taken]) => ({
    ticketTypeId,
    capacity: 100,
    taken,
  })),
})

/** Ports in memory that know one event, and what booking says of it. */
export async function portsWith(changes: Partial<Event>, stock: Stock): Promise<CatalogPorts> {
  const events = memoryStore<Event, CatalogMessage>()
  const event = anEvent(changes)
  await events.update(event.id, () => ok({ state: event, messages: [] }))
  return {
    events,
    booking: {
      stockOf: async () => stock,
      capacityMin: async (_eventId, ticketTypeId) => takenIn(stock, ticketTypeId),
    },
    clock: () => now,
    pause: async () => {},
    catalogRefreshSeconds: 3,
  }
}

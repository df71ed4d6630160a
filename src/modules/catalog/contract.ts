import { Type, type Static } from 'typebox'
import type { MessageOf } from '../../kernel/message.ts'

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()])

/** A row this long is the only one: its seats are called Seat-1, Seat-2, … */
export const singleRow = 200_000

/** The terms on which one ticket type is sold. */
export const ticketTypeOffer = Type.Object({
  ticketTypeId: Type.String(),
  name: Type.String(),
  /** In the unit the currency is charged in; the same for every ticket of the type. */
  unitPrice: Type.Integer({ minimum: 0 }),
  capacity: Type.Integer({ minimum: 0 }),
  ticketsPerOrderMax: Type.Integer({ minimum: 1 }),
  /** The sales window, ISO 8601 UTC: from the first instant, before the second. */
  validFrom: nullable(Type.String()),
  validUntil: nullable(Type.String()),
  /** Null: no numbered seats. Otherwise how many seats stand side by side in a row. */
  seatsPerRow: nullable(Type.Integer({ minimum: 1 })),
})

/** Everything booking must know to sell an event. A higher `version` replaces a lower one. */
export const eventOffer = Type.Object({
  eventId: Type.String(),
  version: Type.Integer({ minimum: 1 }),
  status: Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('cancelled')]),
  organiserId: Type.String(),
  title: Type.String(),
  location: Type.String(),
  startsAt: Type.String(),
  /** Null: not said; it counts as over a day after its start. */
  endsAt: nullable(Type.String()),
  currency: Type.String(),
  /** Whether a buyer may give paid tickets back. */
  refundable: Type.Boolean(),
  /** How many live orders one e-mail address may have for this event. */
  ordersPerBuyerMax: nullable(Type.Integer({ minimum: 1 })),
  ticketsPerBuyerMax: nullable(Type.Integer({ minimum: 1 })),
  /** Null: the configured `HOLD_SECONDS`. */
  holdSeconds: nullable(Type.Integer({ minimum: 1 })),
  ticketTypes: Type.Array(ticketTypeOffer),
})

export type TicketTypeOffer = Static<typeof ticketTypeOffer>
export type EventOffer = Static<typeof eventOffer>

/** The messages catalog sends. Fields are only ever added; a changed meaning is a new type. */
export const catalogMessages = {
  'event.changed': Type.Object(
    { offer: eventOffer },
    { description: 'An event was published, changed or cancelled; carries all of its terms.' },
  ),
} as const

export type CatalogMessage = MessageOf<{
  [T in keyof typeof catalogMessages]: Static<(typeof catalogMessages)[T]>
}>

/** A whole event under ids of the caller's choosing, to be put on sale at once. */
export type EventDescription = Omit<EventOffer, 'version' | 'status' | 'ticketTypes'> & {
  staffIds: readonly string[]
  description: string
  category: string
  facilities: readonly string[]
  bannerPath: string | null
  timeZone: string
  ticketTypes: readonly (TicketTypeOffer & { description: string })[]
}

/** What others need to know of an event beside the terms it is sold on. */
export type EventFacts = {
  organiserId: string
  /** An IANA name: the zone whose days are the event's. */
  timeZone: string
  currency: string
}

/** What other modules may ask catalog. */
export type CatalogApi = {
  findEvent(eventId: string): Promise<EventFacts | undefined>
  /** How a user stands to an event: it is theirs, they work its doors, or neither. */
  roleAt(eventId: string, userId: string): Promise<'organiser' | 'staff' | undefined>
  /** Creates and publishes an event, unless its id exists already. */
  ensureEvent(event: EventDescription): Promise<void>
}

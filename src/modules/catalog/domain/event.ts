import { hasRole, type Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'

/** What an organiser says about an event. */
export type EventTerms = {
  title: string
  description: string
  /** What kind of event it is, in the organiser's word: festival, concert, talk. */
  category: string
  facilities: readonly string[]
  /** Where on this host the picture is; null for none. */
  bannerPath: string | null
  location: string
  startsAt: Date
  endsAt: Date | null
  timeZone: string
  currency: string
  /** Whether a buyer may give paid tickets back. */
  refundable: boolean
  ordersPerBuyerMax: number | null
  ticketsPerBuyerMax: number | null
  /** Null: the configured time to pay. */
  holdSeconds: number | null
}

/** How one kind of ticket is sold. Its price is in the event's currency. */
export type TicketTypeTerms = {
  /** Its place in the list; those with the same place are ordered by id. */
  position: number
  name: string
  description: string
  unitPrice: number
  capacity: number
  ticketsPerOrderMax: number
  /** On sale from this instant … */
  validFrom: Date | null
  /** … and before this one. */
  validUntil: Date | null
  /** Null: no numbered seats. Otherwise how many seats stand side by side in a row. */
  seatsPerRow: number | null
}

export type TicketType = TicketTypeTerms & {
  id: string
  /** The request that added it, when that carried an `Idempotency-Key`. */
  requestHash: string | null
}

/**
 * What is sold, and on which terms. How much of it is sold is booking's to know.
 *
 *   draft ──publish──► published ──cancel──► cancelled, which never changes again
 *     └────────────────────cancel───────────────▲
 */
export type Event = EventTerms & {
  id: string
  /** Grows by one with each saved change. */
  version: number
  organiserId: string
  status: 'draft' | 'published' | 'cancelled'
  createdAt: Date
  ticketTypes: readonly TicketType[]
  /** The users who work its doors. */
  staffIds: readonly string[]
  /** The request that created it, when that carried an `Idempotency-Key`. */
  requestHash: string | null
}

export type TermsError =
  { kind: 'event-ends-before-start' } | { kind: 'unknown-time-zone' } | { kind: 'unknown-currency' }
export type EventCancelled = { kind: 'event-cancelled' }
export type UpdateEventError =
  TermsError | EventCancelled | { kind: 'currency-fixed' } | { kind: 'event-starts-in-past' }
export type PublishEventError =
  EventCancelled | { kind: 'no-ticket-types' } | { kind: 'event-starts-in-past' }
export type StaffError = EventCancelled | { kind: 'too-many-staff' }
export type CancelEventError = { kind: 'event-has-live-orders' }

export function updateEvent(
  event: Event,
  changes: Partial<EventTerms>,
  now: Date,
): Result<Event, UpdateEventError> {
  const next = { ...event, ...changes }
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (event.status === 'published' && next.currency !== event.currency) {
    return err({ kind: 'currency-fixed' })
  }
  const moved = next.startsAt.getTime() !== event.startsAt.getTime()
  if (event.status === 'published' && moved && next.startsAt <= now) {
    return err({ kind: 'event-starts-in-past' })
  }
  const wrong = wrongTerms(next)
  return wrong ? err(wrong) : ok(next)
}

/** Publishing what is published changes nothing. */
export function publishEvent(event: Event, now: Date): Result<Event, PublishEventError> {
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (event.status === 'published') return ok(event)
  if (event.ticketTypes.length === 0) return err({ kind: 'no-ticket-types' })
  if (event.startsAt <= now) return err({ kind: 'event-starts-in-past' })
  return ok({ ...event, status: 'published' })
}

/** `taken` is how many tickets live orders hold; whoever cancels them has to say so. */
export function cancelEvent(
  event: Event,
  { cancelOrders, taken }: { cancelOrders: boolean; taken: number },
): Result<Event, CancelEventError> {
  if (event.status === 'cancelled') return ok(event)
  if (taken > 0 && !cancelOrders) return err({ kind: 'event-has-live-orders' })
  return ok({ ...event, status: 'cancelled' })
}

export const staffMax = 500

/** Lets a user work the doors. */
export function addEventStaff(event: Event, userId: string): Result<Event, StaffError> {
  if (event.staffIds.includes(userId)) return ok(event)
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (event.staffIds.length >= staffMax) return err({ kind: 'too-many-staff' })
  return ok({ ...event, staffIds: [...event.staffIds, userId].toSorted() })
}

export function removeEventStaff(event: Event, userId: string): Result<Event, EventCancelled> {
  if (!event.staffIds.includes(userId)) return ok(event)
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  return ok({ ...event, staffIds: event.staffIds.filter((id) => id !== userId) })
}

/** Only its organiser, as long as they are one, and administrators may change an event. */
const mayManage = (event: Event, who: Principal | undefined): boolean =>
  hasRole(who, 'admin') || (hasRole(who, 'organiser') && event.organiserId === who?.userId)

/** Everyone sees what was announced; a draft is for its organiser, its staff, administrators. */
export const maySee = (event: Event, who: Principal | undefined): boolean =>
  event.status !== 'draft' ||
  mayManage(event, who) ||
  (who !== undefined && event.staffIds.includes(who.userId))

export type EventAccessError = { kind: 'event-not-found' } | { kind: 'forbidden' }

/** The event, for someone who may change it; one they may not even see is like none at all. */
export function manageable(
  event: Event | undefined,
  who: Principal,
): Result<Event, EventAccessError> {
  if (!event || !maySee(event, who)) return err({ kind: 'event-not-found' })
  return mayManage(event, who) ? ok(event) : err({ kind: 'forbidden' })
}

const timeZones = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])
const currencies = new Set(Intl.supportedValuesOf('currency'))

/** What no terms may say, whenever they are given. */
export function wrongTerms(terms: EventTerms): TermsError | undefined {
  if (terms.endsAt && terms.endsAt <= terms.startsAt) return { kind: 'event-ends-before-start' }
  if (!timeZones.has(terms.timeZone)) return { kind: 'unknown-time-zone' }
  if (!currencies.has(terms.currency)) return { kind: 'unknown-currency' }
  return undefined
}

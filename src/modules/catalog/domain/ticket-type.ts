import { err, ok, type Result } from '../../../kernel/result.ts'
import type { Event, EventCancelled, TicketType, TicketTypeTerms } from './event.ts'

export type NewTicketType = Partial<TicketTypeTerms> &
  Pick<TicketTypeTerms, 'name' | 'unitPrice' | 'capacity'> & {
    ticketTypeId: string
    requestHash: string | null
  }

export const ticketTypesMax = 100

type WindowError = { kind: 'sales-window-empty' }
type TicketTypeError = EventCancelled | WindowError | { kind: 'too-many-ticket-types' }
export type AddTicketTypeError = TicketTypeError | { kind: 'idempotency-key-reused' }
export type UpdateTicketTypeError =
  | EventCancelled
  | WindowError
  | { kind: 'ticket-type-not-found' }
  | { kind: 'capacity-below-taken'; taken: number }
  | { kind: 'seats-fixed' }
export type RemoveTicketTypeError =
  | EventCancelled
  | { kind: 'ticket-type-not-found' }
  | { kind: 'ticket-type-has-sales'; taken: number }
  | { kind: 'no-ticket-types' }

/** Adds a ticket type, last unless it says where. The same request again adds nothing. */
export function addTicketType(
  event: Event,
  { ticketTypeId, ...terms }: NewTicketType,
): Result<Event, AddTicketTypeError> {
  const existing = event.ticketTypes.find(({ id }) => id === ticketTypeId)
  if (existing) {
    return existing.requestHash === terms.requestHash
      ? ok(event)
      : err({ kind: 'idempotency-key-reused' })
  }
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (event.ticketTypes.length >= ticketTypesMax) return err({ kind: 'too-many-ticket-types' })
  const last = event.ticketTypes.at(-1)
  const ticketType = {
    ...defaults,
    position: last ? last.position + 1 : 0,
    ...terms,
    id: ticketTypeId,
  }
  if (hasEmptyWindow(ticketType)) return err({ kind: 'sales-window-empty' })
  return ok(withTicketTypes(event, [...event.ticketTypes, ticketType]))
}

/**
 * `taken` is the least capacity that leaves what live orders hold in its place. Seats that were
 * announced stay where they are, because buyers chose them; those at the end may go while free.
 */
export function updateTicketType(
  event: Event,
  command: { ticketTypeId: string; changes: Partial<TicketTypeTerms>; taken: number },
): Result<Event, UpdateTicketTypeError> {
  const { ticketTypeId, changes, taken } = command
  const current = event.ticketTypes.find(({ id }) => id === ticketTypeId)
  if (!current) return err({ kind: 'ticket-type-not-found' })
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  const next = { ...current, ...changes }
  const shrinks = next.capacity < current.capacity
  if (shrinks && next.capacity < taken) return err({ kind: 'capacity-below-taken', taken })
  if (event.status === 'published' && next.seatsPerRow !== current.seatsPerRow) {
    return err({ kind: 'seats-fixed' })
  }
  if (hasEmptyWindow(next)) return err({ kind: 'sales-window-empty' })
  const others = event.ticketTypes.map((ticketType) => (ticketType === current ? next : ticketType))
  return ok(withTicketTypes(event, others))
}

export function removeTicketType(
  event: Event,
  { ticketTypeId, taken }: { ticketTypeId: string; taken: number },
): Result<Event, RemoveTicketTypeError> {
  const rest = event.ticketTypes.filter(({ id }) => id !== ticketTypeId)
  if (rest.length === event.ticketTypes.length) return err({ kind: 'ticket-type-not-found' })
  if (event.status === 'cancelled') return err({ kind: 'event-cancelled' })
  if (taken > 0) return err({ kind: 'ticket-type-has-sales', taken })
  if (event.status === 'published' && rest.length === 0) return err({ kind: 'no-ticket-types' })
  return ok({ ...event, ticketTypes: rest })
}

const defaults = {
  description: '',
  ticketsPerOrderMax: 10,
  validFrom: null,
  validUntil: null,
  seatsPerRow: null,
}

const hasEmptyWindow = ({ validFrom, validUntil }: TicketTypeTerms): boolean =>
  validFrom !== null && validUntil !== null && validUntil <= validFrom

const withTicketTypes = (event: Event, ticketTypes: readonly TicketType[]): Event => ({
  ...event,
  ticketTypes: ticketTypes.toSorted((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1)),
})

import { err, ok, type Result } from '../../../kernel/result.ts'
import { wrongTerms, type Event, type EventTerms, type TermsError } from './event.ts'
import { addTicketType, type AddTicketTypeError, type NewTicketType } from './ticket-type.ts'

type NewEvent = Partial<EventTerms> & Pick<EventTerms, 'title' | 'location' | 'startsAt'>

export type CreateEvent = {
  eventId: string
  organiserId: string
  requestHash: string | null
  terms: NewEvent
  ticketTypes: readonly NewTicketType[]
}

export type CreateEventError = TermsError | AddTicketTypeError

/** Makes a draft. The same request again finds the event that the first one made. */
export function createEvent(
  current: Event | undefined,
  { eventId, organiserId, requestHash, terms, ticketTypes }: CreateEvent,
  now: Date,
): Result<Event, CreateEventError> {
  if (current) {
    return current.requestHash === requestHash
      ? ok(current)
      : err({ kind: 'idempotency-key-reused' })
  }
  let event: Event = {
    ...defaults,
    ...terms,
    id: eventId,
    version: 0,
    organiserId,
    status: 'draft',
    createdAt: now,
    ticketTypes: [],
    staffIds: [],
    requestHash,
  }
  const wrong = wrongTerms(event)
  if (wrong) return err(wrong)
  for (const given of ticketTypes) {
    const added = addTicketType(event, given)
    if (!added.ok) return added
    event = added.value
  }
  return ok(event)
}

const defaults = {
  description: '',
  category: 'other',
  facilities: [],
  bannerPath: null,
  endsAt: null,
  timeZone: 'Asia/Jakarta',
  currency: 'IDR',
  refundable: false,
  ordersPerBuyerMax: null,
  ticketsPerBuyerMax: null,
  holdSeconds: null,
}

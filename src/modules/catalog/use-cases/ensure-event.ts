import type { EventDescription } from '../contract.ts'
import { createEvent, type CreateEventError } from '../domain/create-event.ts'
import {
  addEventStaff,
  publishEvent,
  type Event,
  type PublishEventError,
  type StaffError,
} from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import { ok, type Result } from '../../../kernel/result.ts'
import type { CatalogPorts } from '../ports.ts'

type EnsureEventError = CreateEventError | StaffError | PublishEventError

/** Creates and publishes an event as described, unless its id exists already. */
export const ensureEvent = (
  { events, clock }: Pick<CatalogPorts, 'events' | 'clock'>,
  description: EventDescription,
): Promise<Result<Event, EnsureEventError>> =>
  events.update(description.eventId, (current) =>
    saved(current, current ? ok(current) : describedEvent(description, clock())),
  )

function describedEvent(description: EventDescription, now: Date): Result<Event, EnsureEventError> {
  const { eventId, organiserId, staffIds, ticketTypes, ...terms } = description
  const created = createEvent(
    undefined,
    {
      eventId,
      organiserId,
      requestHash: null,
      terms: { ...terms, startsAt: new Date(terms.startsAt), endsAt: instantOrNull(terms.endsAt) },
      ticketTypes: ticketTypes.map((ticketType) => ({
        ...ticketType,
        requestHash: null,
        validFrom: instantOrNull(ticketType.validFrom),
        validUntil: instantOrNull(ticketType.validUntil),
      })),
    },
    now,
  )
  if (!created.ok) return created
  let event = created.value
  for (const userId of staffIds) {
    const added = addEventStaff(event, userId)
    if (!added.ok) return added
    event = added.value
  }
  return publishEvent(event, now)
}

const instantOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text))

import assert from 'node:assert'
import type { EventDescription } from '../contract.ts'
import { createEvent } from '../domain/create-event.ts'
import { addEventStaff, publishEvent, type Event } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { CatalogPorts } from '../ports.ts'

/** Creates and publishes an event as described, unless its id exists already. */
export async function ensureEvent(
  { events, clock }: Pick<CatalogPorts, 'events' | 'clock'>,
  description: EventDescription,
): Promise<void> {
  const outcome = await events.update(description.eventId, (current) =>
    saved(current, current ? ok(current) : describedEvent(description, clock())),
  )
  assert(outcome.ok, `event ${description.eventId} is described wrongly`)
}

function describedEvent(description: EventDescription, now: Date): Result<Event, { kind: string }> {
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
  if (!created.ok) return err(created.error)
  let event = created.value
  for (const userId of staffIds) {
    const added = addEventStaff(event, userId)
    if (!added.ok) return added
    event = added.value
  }
  return publishEvent(event, now)
}

const instantOrNull = (text: string | null): Date | null => (text === null ? null : new Date(text))

import type { Result } from '../../../kernel/result.ts'
import { createEvent, type CreateEvent, type CreateEventError } from '../domain/create-event.ts'
import { publishEvent, type Event, type PublishEventError } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import type { CatalogPorts } from '../ports.ts'

export type LaunchEventError = CreateEventError | PublishEventError

/**
 * Makes an event and puts it on sale in one step, or does neither. Repeating an `eventId` with the
 * same `requestHash` makes nothing more.
 */
export function launchEvent(
  { events, clock }: Pick<CatalogPorts, 'events' | 'clock'>,
  command: CreateEvent,
): Promise<Result<Event, LaunchEventError>> {
  const now = clock()
  return events.update<LaunchEventError>(command.eventId, (current) => {
    const created = createEvent(current, command, now)
    if (!created.ok) return created
    // What was made before has been published then, and may have been cancelled since.
    return saved(current, current ? created : publishEvent(created.value, now))
  })
}

import type { Principal } from '../../../kernel/principal.ts'
import type { Result } from '../../../kernel/result.ts'
import { manageable, type Event, type EventAccessError } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import type { CatalogPorts } from '../ports.ts'

/** Who wants to change which event. */
export type EventCommand = { eventId: string; actor: Principal }

/**
 * Changes an event by a rule of the domain, if the actor may. An event they may not even see is
 * refused like one that does not exist.
 */
export function changeEvent<E>(
  { events }: Pick<CatalogPorts, 'events'>,
  { eventId, actor }: EventCommand,
  rule: (event: Event) => Result<Event, E>,
): Promise<Result<Event, E | EventAccessError>> {
  return events.update<E | EventAccessError>(eventId, (current) => {
    const allowed = manageable(current, actor)
    return allowed.ok ? saved(current, rule(allowed.value)) : allowed
  })
}

import type { Principal } from '../../../kernel/principal.ts'
import { err, type Result } from '../../../kernel/result.ts'
import { mayManage, maySee, type Event } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import type { CatalogPorts } from '../ports.ts'

/** Who wants to change which event. */
export type EventCommand = { eventId: string; actor: Principal }
export type EventAccessError = { kind: 'event-not-found' } | { kind: 'forbidden' }

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
    if (!current || !maySee(current, actor)) return err({ kind: 'event-not-found' })
    if (!mayManage(current, actor)) return err({ kind: 'forbidden' })
    return saved(current, rule(current))
  })
}

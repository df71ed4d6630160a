import type { Result } from '../../../kernel/result.ts'
import type { Event, EventAccessError } from '../domain/event.ts'
import { removeTicketType as remove, type RemoveTicketTypeError } from '../domain/ticket-type.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'
import { takenOf } from './taken-of.ts'

/** Removes a ticket type of which nothing is held or sold. */
export async function removeTicketType(
  ports: Pick<CatalogPorts, 'events' | 'booking'>,
  command: EventCommand & { ticketTypeId: string },
): Promise<Result<Event, RemoveTicketTypeError | EventAccessError>> {
  const { eventId, ticketTypeId } = command
  const taken = await takenOf(ports, eventId, ticketTypeId)
  return changeEvent(ports, command, (event) => remove(event, { ticketTypeId, taken }))
}

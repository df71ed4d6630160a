import type { Result } from '../../../kernel/result.ts'
import type { Event, TicketTypeTerms, EventAccessError } from '../domain/event.ts'
import { updateTicketType as update, type UpdateTicketTypeError } from '../domain/ticket-type.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Changes the terms that are given; the capacity never falls below what is held or sold. */
export async function updateTicketType(
  ports: Pick<CatalogPorts, 'events' | 'booking'>,
  command: EventCommand & { ticketTypeId: string; changes: Partial<TicketTypeTerms> },
): Promise<Result<Event, UpdateTicketTypeError | EventAccessError>> {
  const { eventId, ticketTypeId, changes } = command
  const taken =
    changes.capacity === undefined ? 0 : await ports.booking.capacityMin(eventId, ticketTypeId)
  return changeEvent(ports, command, (event) => update(event, { ticketTypeId, changes, taken }))
}

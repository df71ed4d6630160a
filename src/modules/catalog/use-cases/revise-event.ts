import type { Result } from '../../../kernel/result.ts'
import { updateEvent, type Event, type EventAccessError } from '../domain/event.ts'
import type { EventTerms, TicketTypeTerms, UpdateEventError } from '../domain/event.ts'
import { updateTicketType, type UpdateTicketTypeError } from '../domain/ticket-type.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

export type ReviseEvent = EventCommand & {
  changes: Partial<EventTerms>
  ticketTypeId: string
  ticketTypeChanges: Partial<TicketTypeTerms>
}
export type ReviseEventError = UpdateEventError | UpdateTicketTypeError | EventAccessError

/** Changes the terms of an event and of one of its ticket types together, or none of them. */
export async function reviseEvent(
  ports: Pick<CatalogPorts, 'events' | 'clock'> & {
    booking: Pick<CatalogPorts['booking'], 'capacityMin'>
  },
  { changes, ticketTypeId, ticketTypeChanges, ...command }: ReviseEvent,
): Promise<Result<Event, ReviseEventError>> {
  const taken =
    ticketTypeChanges.capacity === undefined
      ? 0
      : await ports.booking.capacityMin(command.eventId, ticketTypeId)
  return changeEvent<UpdateEventError | UpdateTicketTypeError>(ports, command, (event) => {
    const updated = updateEvent(event, changes, ports.clock())
    if (!updated.ok || Object.keys(ticketTypeChanges).length === 0) return updated
    return updateTicketType(updated.value, { ticketTypeId, changes: ticketTypeChanges, taken })
  })
}

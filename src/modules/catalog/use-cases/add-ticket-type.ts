import type { Result } from '../../../kernel/result.ts'
import type { Event, EventAccessError } from '../domain/event.ts'
import { addTicketType as add } from '../domain/ticket-type.ts'
import type { AddTicketTypeError, NewTicketType } from '../domain/ticket-type.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Adds a ticket type. Repeating its id with the same `requestHash` adds nothing more. */
export const addTicketType = (
  ports: Pick<CatalogPorts, 'events'>,
  command: EventCommand & { ticketType: NewTicketType },
): Promise<Result<Event, AddTicketTypeError | EventAccessError>> =>
  changeEvent(ports, command, (event) => add(event, command.ticketType))

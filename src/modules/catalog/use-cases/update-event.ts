import type { Result } from '../../../kernel/result.ts'
import { updateEvent as update } from '../domain/event.ts'
import type { Event, EventTerms, UpdateEventError, EventAccessError } from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Changes the terms that are given and leaves the others. */
export const updateEvent = (
  ports: Pick<CatalogPorts, 'events' | 'clock'>,
  command: EventCommand & { changes: Partial<EventTerms> },
): Promise<Result<Event, UpdateEventError | EventAccessError>> =>
  changeEvent(ports, command, (event) => update(event, command.changes, ports.clock()))

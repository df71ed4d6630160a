import type { Result } from '../../../kernel/result.ts'
import { removeEventStaff as remove } from '../domain/event.ts'
import type { Event, EventCancelled, EventAccessError } from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Takes a user off the doors; removing someone who is not there changes nothing. */
export const removeEventStaff = (
  ports: Pick<CatalogPorts, 'events'>,
  command: EventCommand & { userId: string },
): Promise<Result<Event, EventCancelled | EventAccessError>> =>
  changeEvent(ports, command, (event) => remove(event, command.userId))

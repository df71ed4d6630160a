import type { Result } from '../../../kernel/result.ts'
import {
  addEventStaff as add,
  type Event,
  type StaffError,
  type EventAccessError,
} from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Lets a user work the doors of an event; adding them again changes nothing. */
export const addEventStaff = (
  ports: Pick<CatalogPorts, 'events'>,
  command: EventCommand & { userId: string },
): Promise<Result<Event, StaffError | EventAccessError>> =>
  changeEvent(ports, command, (event) => add(event, command.userId))

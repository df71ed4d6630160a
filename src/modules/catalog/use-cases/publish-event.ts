import type { Result } from '../../../kernel/result.ts'
import {
  publishEvent as publish,
  type Event,
  type PublishEventError,
  type EventAccessError,
} from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'

/** Puts an event on sale. Publishing it again changes nothing. */
export const publishEvent = (
  ports: Pick<CatalogPorts, 'events' | 'clock'>,
  command: EventCommand,
): Promise<Result<Event, PublishEventError | EventAccessError>> =>
  changeEvent(ports, command, (event) => publish(event, ports.clock()))

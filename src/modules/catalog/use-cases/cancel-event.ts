import type { Result } from '../../../kernel/result.ts'
import {
  cancelEvent as cancel,
  type CancelEventError,
  type Event,
  type EventAccessError,
} from '../domain/event.ts'
import type { CatalogPorts } from '../ports.ts'
import { changeEvent, type EventCommand } from './change-event.ts'
import { takenOf } from './taken-of.ts'

/** Ends an event for good. Booking cancels and refunds its orders when it hears of it. */
export async function cancelEvent(
  ports: Pick<CatalogPorts, 'events'> & { booking: Pick<CatalogPorts['booking'], 'stockOf'> },
  command: EventCommand & { cancelOrders: boolean },
): Promise<Result<Event, CancelEventError | EventAccessError>> {
  const { eventId, cancelOrders } = command
  const taken = cancelOrders ? 0 : await takenOf(ports, eventId)
  return changeEvent(ports, command, (event) => cancel(event, { cancelOrders, taken }))
}

import type { Result } from '../../../kernel/result.ts'
import { createEvent as create, type CreateEvent } from '../domain/create-event.ts'
import type { CreateEventError } from '../domain/create-event.ts'
import type { Event } from '../domain/event.ts'
import { saved } from '../domain/offer.ts'
import type { CatalogPorts } from '../ports.ts'

/** Makes a draft. Repeating an `eventId` with the same `requestHash` makes nothing more. */
export const createEvent = (
  { events, clock }: Pick<CatalogPorts, 'events' | 'clock'>,
  command: CreateEvent,
): Promise<Result<Event, CreateEventError>> =>
  events.update(command.eventId, (current) => saved(current, create(current, command, clock())))

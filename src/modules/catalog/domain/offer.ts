import { ok, type Result } from '../../../kernel/result.ts'
import type { Decision } from '../../../kernel/store.ts'
import type { CatalogMessage, EventOffer } from '../contract.ts'
import type { Event } from './event.ts'

/**
 * What to save once a rule has decided: the next version, and the news of it, unless the event is
 * a draft, of which nobody knows. An event that stayed as it was is not saved.
 */
export function saved<E>(
  current: Event | undefined,
  decided: Result<Event, E>,
): Result<Decision<Event, CatalogMessage>, E> {
  if (!decided.ok) return decided
  if (decided.value === current) return ok({ state: current, messages: [] })
  const state = { ...decided.value, version: (current?.version ?? 0) + 1 }
  if (state.status === 'draft') return ok({ state, messages: [] })
  const data = { offer: toOffer(state) }
  return ok({ state, messages: [{ type: 'event.changed', key: state.id, data }] })
}

/** What booking must know to sell an event. */
export const toOffer = (event: Event): EventOffer => ({
  eventId: event.id,
  version: event.version,
  status: event.status,
  organiserId: event.organiserId,
  title: event.title,
  location: event.location,
  startsAt: event.startsAt.toISOString(),
  endsAt: event.endsAt?.toISOString() ?? null,
  currency: event.currency,
  refundable: event.refundable,
  ordersPerBuyerMax: event.ordersPerBuyerMax,
  ticketsPerBuyerMax: event.ticketsPerBuyerMax,
  holdSeconds: event.holdSeconds,
  ticketTypes: event.ticketTypes.map((ticketType) => ({
    ticketTypeId: ticketType.id,
    name: ticketType.name,
    unitPrice: ticketType.unitPrice,
    capacity: ticketType.capacity,
    ticketsPerOrderMax: ticketType.ticketsPerOrderMax,
    validFrom: ticketType.validFrom?.toISOString() ?? null,
    validUntil: ticketType.validUntil?.toISOString() ?? null,
    seatsPerRow: ticketType.seatsPerRow,
  })),
})

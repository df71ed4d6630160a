import { toPublicId } from '../../../kernel/id.ts'
import type { Envelope } from '../../../kernel/message.ts'
import type { AdmissionMessage } from '../../admission/contract.ts'
import type { BookingMessage, OrderSnapshot } from '../../booking/contract.ts'
import type { CatalogMessage, EventOffer } from '../../catalog/contract.ts'

/** What an endpoint can be told. Each is a message of another module under the same name. */
export const webhookTypes = [
  'order.paid',
  'order.expired',
  'order.cancelled',
  'order.refunding',
  'order.refunded',
  'order.refund-due',
  'ticket.issued',
  'event.changed',
] as const
export type WebhookType = (typeof webhookTypes)[number]

/** Sent when its owner asks for it, whatever the endpoint's types are. */
export const pingType = 'webhook.ping'

type Told = Extract<BookingMessage | AdmissionMessage | CatalogMessage, { type: WebhookType }>
/** A message that an endpoint can be told of, as it comes from the bus. */
export type ToldEnvelope = Pick<Envelope, 'id' | 'source' | 'time'> & Pick<Told, 'type' | 'data'>

export const eventIdOf = ({ data }: Pick<Told, 'data'>): string =>
  'offer' in data ? data.offer.eventId : data.order.eventId

/** The body of a webhook, in the form that Standard Webhooks recommends. */
export const bodyOf = (type: string, timestamp: string, data: object): string =>
  JSON.stringify({ type, timestamp, data })

/** What leaves the program of a message: public ids, and what the organiser sees anyway. */
export function toldData({ data }: Pick<Told, 'data'>): object {
  if ('offer' in data) return { event: publicEvent(data.offer) }
  const order = publicOrder(data.order)
  if (!('ticketIds' in data)) return { order }
  return { order, ticketIds: data.ticketIds.map((id) => toPublicId('ticket', id)) }
}

const publicOrder = ({ buyer, ...order }: OrderSnapshot) => ({
  id: toPublicId('order', order.orderId),
  eventId: toPublicId('event', order.eventId),
  status: order.status,
  items: order.items.map(({ ticketTypeId, name, quantity, unitPrice, seats }) => ({
    ticketTypeId: toPublicId('tickettype', ticketTypeId),
    name,
    quantity,
    unitPrice,
    seats,
  })),
  total: order.total,
  currency: order.currency,
  buyer: { name: buyer.name, email: buyer.email, phone: buyer.phone },
})

const publicEvent = (offer: EventOffer) => ({
  id: toPublicId('event', offer.eventId),
  version: offer.version,
  status: offer.status,
  title: offer.title,
  location: offer.location,
  startsAt: offer.startsAt,
  endsAt: offer.endsAt,
  currency: offer.currency,
  ticketTypes: offer.ticketTypes.map((type) => ({
    id: toPublicId('tickettype', type.ticketTypeId),
    name: type.name,
    unitPrice: type.unitPrice,
    capacity: type.capacity,
    validFrom: type.validFrom,
    validUntil: type.validUntil,
    numberedSeats: type.seatsPerRow !== null,
  })),
})

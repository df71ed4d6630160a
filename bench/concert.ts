import type { PaymentChoice } from '../src/modules/booking/contract.ts'
import type { EventOffer } from '../src/modules/catalog/contract.ts'
import { toPublicId } from '../src/kernel/id.ts'
import { newId } from '../src/platform/ids.ts'
import { buyerNumber, type Step } from './step.ts'

/** More orders a second than any run here will see, so that nothing sells out on the way. */
const ordersPerSecondMax = 20_000

/** A concert of its own for one run: two numbered stands and a standing area. */
export const newConcert = (seconds: number): EventOffer => concertFor(ordersPerSecondMax * seconds)

/** A concert that has enough for so many buyers of `orderBodies`. */
export function concertFor(ordersMax: number): EventOffer {
  const ticketType = (name: string, unitPrice: number, capacity: number, seated: boolean) => ({
    ticketTypeId: newId(),
    name,
    unitPrice,
    capacity: Math.ceil(capacity),
    ticketsPerOrderMax: 10,
    validFrom: null,
    validUntil: null,
    seatsPerRow: seated ? 50 : null,
  })
  return {
    eventId: newId(),
    version: 1,
    status: 'published',
    organiserId: newId(),
    title: 'Bench Concert',
    location: 'Jakarta',
    startsAt: '2099-01-01T12:00:00.000Z',
    endsAt: null,
    currency: 'IDR',
    refundable: false,
    ordersPerBuyerMax: null,
    ticketsPerBuyerMax: null,
    // No hold may run out while others are measured.
    holdSeconds: 86_400,
    ticketTypes: [
      ticketType('VIP', 2_500_000, 0.2 * ordersMax, true),
      ticketType('Tribune', 1_250_000, 0.75 * ordersMax, true),
      ticketType('Festival', 750_000, 2 * ordersMax, false),
    ],
  }
}

/** Which tickets ten buyers in a row ask for: [VIP, Tribune, Festival]. Seats are the best free ones. */
const tenBuyers = [
  [0, 1, 0],
  [0, 0, 2],
  [0, 2, 0],
  [1, 0, 0],
  [0, 0, 1],
  [0, 2, 0],
  [0, 0, 2],
  [0, 1, 0],
  [0, 1, 2],
  [0, 0, 4],
]

/** Buyers of one concert, each of whom sends an own `Idempotency-Key` that begins with `name`. */
export const orderFlows = (
  offer: EventOffer,
  name: string = offer.eventId,
  payment?: PaymentChoice,
): Step[][] =>
  orderBodies(offer, payment).map((body) => [
    {
      name: 'order',
      method: 'POST',
      path: '/v1/orders',
      headers: { 'Idempotency-Key': `${name}-${buyerNumber}` },
      body,
    },
  ])

/**
 * The bodies that buyers of this concert send, one after another and over again; with a payment
 * method they ask for payment in the same breath.
 */
function orderBodies(offer: EventOffer, payment?: PaymentChoice): string[] {
  return tenBuyers.map((quantities) =>
    JSON.stringify({
      eventId: toPublicId('event', offer.eventId),
      items: offer.ticketTypes.flatMap(({ ticketTypeId }, i) => {
        const quantity = quantities[i] ?? 0
        return quantity > 0
          ? [{ ticketTypeId: toPublicId('tickettype', ticketTypeId), quantity }]
          : []
      }),
      buyer: { name: 'Sari Dewi', email: `buyer-${buyerNumber}@bench.example` },
      payment,
    }),
  )
}

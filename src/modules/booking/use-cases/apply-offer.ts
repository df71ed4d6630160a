import type { EventOffer } from '../../catalog/contract.ts'
import { advance } from '../domain/order-life.ts'
import type { BookingPorts } from '../ports.ts'

/**
 * Sells an event on its new terms. When it was cancelled, its unpaid orders are cancelled and its
 * paid ones given back. Older terms than the known ones change nothing.
 */
export async function applyOffer(
  { offers, orders }: Pick<BookingPorts, 'offers' | 'orders'>,
  offer: EventOffer,
): Promise<void> {
  await offers.apply(offer)
  if (offer.status !== 'cancelled') return
  const which = { liveOrdersOf: offer.eventId }
  let looked: number
  do {
    looked = await orders.updateSome(which, (found) =>
      advance(found.order, { type: 'cancel', by: 'organiser' }, found),
    )
  } while (looked > 0)
}

import { toPublicId } from '../../kernel/id.ts'
import type { Principal } from '../../kernel/principal.ts'
import { versionOfOrder } from '../../modules/booking/adapters/queries.ts'
import type { OrderBook } from '../../modules/booking/ports.ts'
import { recentlyUsed } from '../../platform/recently-used.ts'
import type { FestivalNeeds } from './needs.ts'

type Order = NonNullable<Awaited<ReturnType<OrderBook['find']>>>
type Read = { order: Order; totalPrice: number | null }
export type BookingReader = ReturnType<typeof bookingReader>

const bookingsRememberedMax = 10_000

/**
 * Reads bookings, and remembers what it read.
 *
 * What is remembered is right for as long as the row of its order has the version that it was read
 * under, which is asked before every answer: PostgreSQL gives a row another one whenever it is
 * written, by whichever process. The version is read before the booking, so that a change between
 * the two is read twice rather than missed. The total is computed by the step that ends with
 * writing the order, so it needs no version of its own.
 */
export function bookingReader({ pool, clock, booking, payment }: FestivalNeeds) {
  const remembered = recentlyUsed<Read & { version: string }>(bookingsRememberedMax)

  async function readFromDatabase(orderId: string): Promise<Read | undefined> {
    const order = await booking.ports.orders.find(orderId)
    if (!order || !isBooking(order)) return undefined
    const isComputed = order.total === 0 || (await payment.api.paymentsOf(orderId)).length > 0
    return { order, totalPrice: isComputed ? order.total : null }
  }

  return {
    /** A booking as the contract shows it, and whether it had to be looked up. */
    async read(orderId: string) {
      const version = await versionOfOrder(pool, orderId)
      if (version === undefined) return undefined
      const known = remembered.get(orderId)
      if (known?.version === version) {
        return { booking: present(known, clock()), source: 'cache' as const }
      }
      const read = await readFromDatabase(orderId)
      if (!read) return undefined
      remembered.set(orderId, { ...read, version })
      return { booking: present(read, clock()), source: 'database' as const }
    },

    /** A booking as it is now. It is not remembered: this is the answer to a change, not a read. */
    async readAnew(orderId: string) {
      const read = await readFromDatabase(orderId)
      return read && present(read, clock())
    },

    /** The order behind a booking, if it is this user's. */
    async ownOrder(orderId: string, { userId }: Principal): Promise<Order | undefined> {
      const order = await booking.ports.orders.find(orderId)
      return order && isBooking(order) && order.buyer.userId === userId ? order : undefined
    },
  }
}

/** Orders that were placed elsewhere are for no day, and are no bookings. */
const isBooking = ({ visitDate }: Order): boolean => visitDate !== null

const present = ({ order, totalPrice }: Read, now: Date) => ({
  id: toPublicId('booking', order.id),
  user_id: order.buyer.userId && toPublicId('user', order.buyer.userId),
  festival_id: toPublicId('festival', order.eventId),
  booking_date: order.visitDate,
  quantity: order.quantity,
  total_price: totalPrice,
  status: statusOf(order, now),
  created_at: order.placedAt.toISOString(),
})

/** 0 not confirmed, 1 confirmed, -1 cancelled or run out, even if nobody has noticed yet. */
function statusOf({ status, closing, expiresAt }: Order, now: Date): 0 | 1 | -1 {
  if (status === 'paid') return 1
  return status === 'pending' && !closing && now < expiresAt ? 0 : -1
}

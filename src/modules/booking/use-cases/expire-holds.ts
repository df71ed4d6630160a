import { advance } from '../domain/order-life.ts'
import type { BookingPorts } from '../ports.ts'

/**
 * Expires the holds that are due, in batches until none is left. Any number of processes may do
 * it at once; each takes the orders that no other has taken.
 */
export async function expireHolds(
  { orders }: Pick<BookingPorts, 'orders'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const looked = await orders.updateSome('due', (found) =>
      advance(found.order, { type: 'hold.expired' }, found),
    )
    if (looked === 0) return
  }
}

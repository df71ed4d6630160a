import type { TimelineEntry } from '../../../kernel/timeline.ts'
import type { BookingPorts } from '../ports.ts'
import type { Order } from '../domain/order.ts'

/** All that any module knows of the life of an order, oldest first. */
export async function getTimeline(
  ports: Pick<BookingPorts, 'orders' | 'payment' | 'admission' | 'notification'>,
  order: Order,
): Promise<TimelineEntry[]> {
  const told = await Promise.all([
    ports.orders.timelineOf(order),
    ports.payment.timelineOf(order.id),
    ports.admission.timelineOf(order.id),
    ports.notification.timelineOf(order.id),
  ])
  return told.flat().sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

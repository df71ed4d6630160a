import { toPublicId } from '../../../../kernel/id.ts'
import { seatLabels, type Order } from '../../domain/order.ts'
import type { OrderReply } from './order-schemas.ts'

/** An order as the API shows it. */
export function presentOrder(order: Order, now = Date.now()): OrderReply {
  const { buyer, payment, expiresAt } = order
  return {
    id: toPublicId('order', order.id),
    eventId: toPublicId('event', order.eventId),
    status: order.status,
    items: order.items.map((item) => ({
      ticketTypeId: toPublicId('tickettype', item.ticketTypeId),
      name: item.name,
      quantity: item.quantity,
      unitPrice: item.unitPrice,
      seats: seatLabels(item),
    })),
    total: order.total,
    currency: order.currency,
    buyer: { name: buyer.name, email: buyer.email, phone: buyer.phone },
    placedAt: order.placedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    expiresInSeconds:
      order.status === 'pending' ? Math.max(0, Math.floor((expiresAt.getTime() - now) / 1000)) : 0,
    payment: payment && {
      id: toPublicId('payment', payment.paymentId),
      gateway: payment.gateway,
      method: payment.method,
      channel: payment.channel,
      instructions: payment.instructions,
    },
  }
}

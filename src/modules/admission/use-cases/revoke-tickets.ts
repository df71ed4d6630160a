import { ok } from '../../../kernel/result.ts'
import { revoke } from '../domain/order-tickets.ts'
import type { AdmissionPorts } from '../ports.ts'

/** Shuts the door to an order's tickets, also to those that are yet to be issued. */
export async function revokeTickets(
  { orders }: Pick<AdmissionPorts, 'orders'>,
  order: { orderId: string; eventId: string; writtenAt: Date },
): Promise<void> {
  await orders.update(order.orderId, (current) => ok(revoke(current, order, order.writtenAt)))
}

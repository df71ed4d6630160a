import { ok } from '../../../kernel/result.ts'
import type { OrderSnapshot } from '../../booking/contract.ts'
import { issue } from '../domain/order-tickets.ts'
import type { AdmissionPorts } from '../ports.ts'

/** Makes the tickets of a paid order. Issuing twice is one set; a revoked order gets none. */
export async function issueTickets(
  { orders, derivedId }: Pick<AdmissionPorts, 'orders' | 'derivedId'>,
  { order, writtenAt }: { order: OrderSnapshot; writtenAt: Date },
): Promise<void> {
  const ticketId = (ticketTypeId: string, ordinal: number) =>
    derivedId(order.orderId, ticketTypeId, String(ordinal))
  await orders.update(order.orderId, (current) => ok(issue(current, order, writtenAt, ticketId)))
}

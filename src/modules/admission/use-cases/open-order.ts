import { hasRole, type Principal } from '../../../kernel/principal.ts'
import { err, ok, type Result } from '../../../kernel/result.ts'
import type { OrderSnapshot } from '../../booking/contract.ts'
import type { AdmissionPorts } from '../ports.ts'

export type OpenOrder = {
  orderId: string
  principal: Principal | undefined
  secret: string | undefined
}

/** The order, for those who may have its tickets: who bought it, who holds its secret, who runs the event. */
export async function openOrder(
  { booking, catalog, secrets }: Pick<AdmissionPorts, 'booking' | 'catalog' | 'secrets'>,
  { orderId, principal, secret }: OpenOrder,
): Promise<Result<OrderSnapshot, { kind: 'order-not-found' }>> {
  const order = await booking.findOrder(orderId)
  if (!order) return err({ kind: 'order-not-found' })
  if (secret !== undefined && secrets.opens(orderId, secret)) return ok(order)
  if (!principal) return err({ kind: 'order-not-found' })

  const mayOpen =
    principal.userId === order.buyer.userId ||
    hasRole(principal, 'admin') ||
    (await catalog.roleAt(order.eventId, principal.userId)) === 'organiser'
  return mayOpen ? ok(order) : err({ kind: 'order-not-found' })
}

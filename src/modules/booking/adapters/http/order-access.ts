import type { FastifyRequest } from 'fastify'
import { fromPublicId } from '../../../../kernel/id.ts'
import { hasRole } from '../../../../kernel/principal.ts'
import type { Order } from '../../domain/order.ts'
import type { BookingPorts } from '../../ports.ts'
import type { OrderSecrets } from '../../contract.ts'

/** The order, when the caller may see it: its buyer, whoever has its secret, the organiser. */
export async function openOrder(
  request: FastifyRequest,
  ports: BookingPorts,
  secrets: OrderSecrets,
): Promise<Order | undefined> {
  const { orderId } = request.params as { orderId: string }
  const id = fromPublicId('order', orderId)
  const order = id.ok ? await ports.orders.find(id.value) : undefined
  if (!order) return undefined
  const { secret } = request.query as { secret?: string }
  const given = request.headers['x-order-secret'] ?? secret
  if (typeof given === 'string' && secrets.opens(order.id, given)) return order
  if (request.principal && request.principal.userId === order.buyer.userId) return order
  return (await isOrganiser(request, ports, order.eventId)) ? order : undefined
}

export async function isOrganiser(
  { principal }: FastifyRequest,
  { catalog }: BookingPorts,
  eventId: string,
): Promise<boolean> {
  if (!principal) return false
  if (hasRole(principal, 'admin')) return true
  return (await catalog.roleAt(eventId, principal.userId)) === 'organiser'
}

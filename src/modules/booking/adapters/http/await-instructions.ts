import type { FastifyRequest } from 'fastify'
import type { Order } from '../../domain/order.ts'
import type { OrderWatch } from '../../ports.ts'

/** Waits for payment instructions as long as the caller asked for by `Prefer: wait=` (RFC 7240). */
export async function awaitInstructions(
  request: FastifyRequest,
  watch: OrderWatch,
  order: Order,
): Promise<Order> {
  const seconds = Number(
    /\bwait=(\d{1,3})\b/.exec(String(request.headers['prefer'] ?? ''))?.[1] ?? 0,
  )
  const ready = (state: Order) => state.status !== 'pending' || state.payment?.instructions != null
  if (seconds === 0 || !order.payment || ready(order)) return order
  return watch.waitFor(order, ready, Math.min(seconds, 20) * 1000)
}

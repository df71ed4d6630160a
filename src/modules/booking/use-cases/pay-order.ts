import { err, type Result } from '../../../kernel/result.ts'
import type { Order } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'
import { advanceOrder, type AdvanceOrderError } from './advance-order.ts'

export type PayOrder = { orderId: string; paymentId: string; method: string; bank: string | null }
export type PayOrderError =
  AdvanceOrderError | { kind: 'payment-method-unknown'; methods: readonly string[] }

/** Begins a new attempt to pay and closes the one before. Repeating a `paymentId` begins nothing. */
export async function payOrder(
  ports: BookingPorts,
  { orderId, paymentId, method, bank }: PayOrder,
): Promise<Result<Order, PayOrderError>> {
  const methods = ports.payment.methods()
  if (!methods.includes(method)) return err({ kind: 'payment-method-unknown', methods })
  const payment = { paymentId, method, bank, instructions: null }
  return advanceOrder(ports, orderId, { type: 'pay', payment })
}

import { err, type Result } from '../../../kernel/result.ts'
import type { PaymentChoice } from '../contract.ts'
import type { Order } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'
import type { PayError } from '../domain/order-life.ts'
import { advanceOrder } from './advance-order.ts'
import { choosePayment, type ChoosePaymentError } from './choose-payment.ts'

export type PayOrder = { orderId: string; paymentId: string; choice: PaymentChoice }
export type PayOrderError = PayError | { kind: 'order-not-found' } | ChoosePaymentError

/** Begins a new attempt to pay and closes the one before. Repeating a `paymentId` begins nothing. */
export async function payOrder(
  ports: BookingPorts,
  { orderId, paymentId, choice }: PayOrder,
): Promise<Result<Order, PayOrderError>> {
  const order = await ports.orders.find(orderId)
  if (!order) return err({ kind: 'order-not-found' })
  const chosen = choosePayment(ports, paymentId, choice, order.buyer.phone)
  if (!chosen.ok) return chosen
  return advanceOrder(ports, orderId, { type: 'pay', ...chosen.value })
}

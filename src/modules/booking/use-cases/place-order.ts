import { err, type Result } from '../../../kernel/result.ts'
import type { Buyer, Order } from '../domain/order.ts'
import type { PlaceOrderError as DecisionError, WantedItem } from '../domain/place-order.ts'
import type { BookingPorts } from '../ports.ts'

export type PlaceOrder = {
  orderId: string
  requestHash: string | null
  eventId: string
  buyer: Buyer
  items: WantedItem[]
  /** Null: the buyer chooses how to pay later. */
  paymentMethod: string | null
  /** Shorter or longer than the configured hold, where a contract says so. */
  holdSeconds?: number
}

export type PlaceOrderError =
  | DecisionError
  | { kind: 'desk-overloaded' }
  | { kind: 'payment-method-unknown'; methods: readonly string[] }

/**
 * Sets the tickets aside for the buyer until the hold runs out. When it answers, the order is
 * committed; the same `orderId` and request never places a second one.
 */
export async function placeOrder(
  ports: BookingPorts,
  command: PlaceOrder,
): Promise<Result<Order, PlaceOrderError>> {
  const { paymentMethod, holdSeconds = ports.holdSeconds, ...order } = command
  if (paymentMethod === null) return ports.desk.place({ ...order, payment: null, holdSeconds })

  const methods = ports.payment.methods()
  if (!methods.includes(paymentMethod)) return err({ kind: 'payment-method-unknown', methods })
  const paymentId = ports.newId()
  const payment = { paymentId, method: paymentMethod, bank: null, instructions: null }
  return ports.desk.place({ ...order, payment, holdSeconds })
}

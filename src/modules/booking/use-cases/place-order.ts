import type { Result } from '../../../kernel/result.ts'
import type { PaymentChoice } from '../contract.ts'
import { confirmation, type Buyer, type Order } from '../domain/order.ts'
import type { PlaceOrderError as DecisionError, WantedItem } from '../domain/place-order.ts'
import type { BookingPorts } from '../ports.ts'
import { choosePayment, type ChoosePaymentError } from './choose-payment.ts'

export type PlaceOrder = {
  orderId: string
  requestHash: string | null
  eventId: string
  buyer: Buyer
  items: WantedItem[]
  /** Null: the buyer chooses how to pay later. By `confirmation` no money is asked for. */
  payment: PaymentChoice | typeof confirmation | null
  /** What the virtual account number is to end with, so that the buyer can be told at once. */
  vaDigits?: string
  /** Instead of what the event or the configuration says. */
  holdSeconds?: number
  /** In ISO 8601. */
  visitDate?: string
  /** How many live orders the buyer may then have at the event; the event may allow fewer. */
  ordersPerBuyerMax?: number
}

export type PlaceOrderError = DecisionError | ChoosePaymentError | { kind: 'desk-overloaded' }

/**
 * Sets the tickets aside for the buyer until the hold runs out. When it answers, the order is
 * committed; the same `orderId` and request never places a second one.
 */
export async function placeOrder(
  ports: BookingPorts,
  command: PlaceOrder,
): Promise<Result<Order, PlaceOrderError>> {
  const { payment: choice, vaDigits, holdSeconds = null, ...order } = command
  const hold = { holdSeconds, defaultHoldSeconds: ports.holdSeconds }
  if (choice === null) return ports.desk.place({ ...order, ...hold, payment: null })

  const paymentId = ports.newId()
  if (choice === confirmation) {
    const [gateway, method] = [confirmation, confirmation]
    const payment = { paymentId, gateway, method, channel: null, instructions: null }
    return ports.desk.place({ ...order, ...hold, payment })
  }
  const chosen = choosePayment(ports, paymentId, choice, order.buyer.phone)
  if (!chosen.ok) return chosen
  const { limits } = chosen.value
  const payment = { ...chosen.value.payment, ...(vaDigits !== undefined && { vaDigits }) }
  return ports.desk.place({ ...order, ...hold, payment, paymentLimits: limits })
}

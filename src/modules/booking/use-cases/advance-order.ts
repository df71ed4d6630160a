import { err, type Result } from '../../../kernel/result.ts'
import { advance, type OrderInput, type OrderLifeError } from '../domain/order-life.ts'
import type { Order } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'

export type AdvanceOrderError = OrderLifeError | { kind: 'order-not-found' }

/** Takes an order one step further: a buyer pays or cancels, a gateway reports. */
export function advanceOrder(
  ports: Pick<BookingPorts, 'orders'>,
  orderId: string,
  input: OrderInput,
): Promise<Result<Order, AdvanceOrderError>> {
  return ports.orders.update<AdvanceOrderError>(
    orderId,
    (found) => (found ? advance(found.order, input, found) : err({ kind: 'order-not-found' })),
    { mayRetake: input.type === 'payment.settled' },
  )
}

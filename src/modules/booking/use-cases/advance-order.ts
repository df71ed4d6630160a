import { err, type Result } from '../../../kernel/result.ts'
import {
  advance,
  type CancelError,
  type OrderInput,
  type OrderLifeError,
  type PayError,
} from '../domain/order-life.ts'
import type { Order } from '../domain/order.ts'
import type { BookingPorts } from '../ports.ts'

type Advanced<E> = Promise<Result<Order, E | { kind: 'order-not-found' }>>
type AdvanceOrderError = OrderLifeError | { kind: 'order-not-found' }
type Orders = Pick<BookingPorts, 'orders'>
type Input<Type extends OrderInput['type']> = OrderInput & { type: Type }

/** Takes an order one step further: a buyer pays or cancels, a gateway reports. */
export function advanceOrder(
  ports: Orders,
  orderId: string,
  input: Input<'pay'>,
): Advanced<PayError>
export function advanceOrder(
  ports: Orders,
  orderId: string,
  input: Input<'cancel'>,
): Advanced<CancelError>
export function advanceOrder(
  ports: Orders,
  orderId: string,
  input: OrderInput,
): Advanced<OrderLifeError>
export function advanceOrder(
  ports: Orders,
  orderId: string,
  input: OrderInput,
): Advanced<OrderLifeError> {
  return ports.orders.update<AdvanceOrderError>(
    orderId,
    (found) => (found ? advance(found.order, input, found) : err({ kind: 'order-not-found' })),
    { mayRetake: input.type === 'payment.settled' },
  )
}

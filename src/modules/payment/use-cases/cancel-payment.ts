import assert from 'node:assert'
import type { BookingMessage } from '../../booking/contract.ts'
import { advance } from '../domain/payment.ts'
import type { PaymentPorts } from '../ports.ts'
import { closeAtGateway } from './close-at-gateway.ts'

type CancelPayment = Extract<BookingMessage, { type: 'payment.cancel' }>['data']

/**
 * Closes a payment, at the gateway too. One that was never requested is closed for good, so that
 * a request that comes later does nothing.
 */
export async function cancelPayment(ports: PaymentPorts, command: CancelPayment): Promise<void> {
  const { paymentId, orderId } = command
  const stored = await ports.payments.update(paymentId, (current) =>
    advance(current, { type: 'cancel', paymentId, orderId }, ports.clock()),
  )
  assert(stored.ok)
  if (stored.value.status === 'cancelling') await closeAtGateway(ports, stored.value)
}

import type { BookingMessage } from '../../booking/contract.ts'
import type { PaymentPorts } from '../ports.ts'
import { applyInput } from './apply-input.ts'
import { closeAtGateway } from './close-at-gateway.ts'

type CancelPayment = Extract<BookingMessage, { type: 'payment.cancel' }>['data']

/**
 * Closes a payment, at the gateway too. One that was never requested is closed for good, so that
 * a request that comes later does nothing.
 */
export async function cancelPayment(ports: PaymentPorts, command: CancelPayment): Promise<void> {
  const { paymentId, orderId } = command
  const { after } = await applyInput(ports, paymentId, { type: 'cancel', paymentId, orderId })
  if (after.status === 'cancelling') await closeAtGateway(ports, after)
}

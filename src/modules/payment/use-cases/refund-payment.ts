import type { BookingMessage } from '../../booking/contract.ts'
import type { PaymentInput } from '../domain/payment.ts'
import type { Gateway, PaymentPorts, RefundRequest } from '../ports.ts'
import { applyInput, callGateway, gatewayOf } from './apply-input.ts'

type RefundPayment = Extract<BookingMessage, { type: 'payment.refund' }>['data']

/** Gives a settled payment back. What the gateway leaves pending is finished by webhook or check. */
export async function refundPayment(ports: PaymentPorts, command: RefundPayment): Promise<void> {
  const { paymentId, amount, currency, reason } = command
  const { before, after } = await applyInput(ports, paymentId, { type: 'refund', amount })
  if (after.refund.status !== 'requested') return

  const isFirst = before?.refund.status === 'none'
  const gateway = gatewayOf(ports, after)
  if (!gateway || !after.gatewayId) throw new Error(`payment ${paymentId} has no gateway`)
  const request = { paymentId, gatewayId: after.gatewayId, amount, currency, reason }
  const input = await callGateway(ports, paymentId, () => ask(gateway, request, isFirst))
  await applyInput(ports, paymentId, input)
}

async function ask(
  gateway: Gateway,
  request: RefundRequest,
  isFirst: boolean,
): Promise<PaymentInput> {
  const { gatewayId, paymentId } = request
  const found = isFirst ? undefined : await gateway.findRefund(gatewayId, paymentId)
  if (found) return { type: 'refund-reported', report: found }
  const asked = await gateway.refund(request)
  return asked.ok
    ? { type: 'refund-reported', report: asked.value }
    : { type: 'refund-reported', report: { status: 'failed', reason: asked.error.reason } }
}

import type { BookingMessage } from '../../booking/contract.ts'
import { refundReference, type Payment, type RefundReport } from '../domain/payment.ts'
import type { GatewayCalls, PaymentPorts, RefundRequest } from '../ports.ts'
import { applyInput, callGateway, configuredGateway, known } from './apply-input.ts'

type RefundPayment = Extract<BookingMessage, { type: 'payment.refund' }>['data']

/** Gives a settled payment back. What the gateway leaves pending is finished by webhook or check. */
export async function refundPayment(ports: PaymentPorts, command: RefundPayment): Promise<void> {
  const { paymentId, reason } = command
  const { before, after } = await applyInput(ports, paymentId, { type: 'refund' })
  const isFirst = before?.refund.status === 'none'
  await refundAtGateway(ports, after, { reason, isFirst })
}

/**
 * Asks the gateway for a refund that is `requested`. What no configured gateway can do is for a
 * person to do.
 */
export async function refundAtGateway(
  ports: PaymentPorts,
  payment: Payment,
  { reason, isFirst, canWait = false }: { reason: string; isFirst: boolean; canWait?: boolean },
): Promise<void> {
  const { refund, gatewayId, paid } = payment
  if (refund.status !== 'requested') return
  const configured = configuredGateway(ports, payment.terms)
  const gateway = canWait ? configured?.unhurried : configured
  const request = gatewayId !== null &&
    paid !== null && {
      ...knownRefund(payment, gatewayId),
      amount: refund.amount,
      currency: paid.currency,
      reason,
    }
  const report: RefundReport =
    gateway && request
      ? await callGateway(ports, payment.id, () => ask(gateway, request, isFirst))
      : { status: 'failed', reason: 'GATEWAY_NOT_CONFIGURED' }
  await applyInput(ports, payment.id, { type: 'refund-reported', report })
}

export const knownRefund = (payment: Payment, gatewayId: string) => ({
  ...known(payment),
  gatewayId,
  refundReference: refundReference(payment),
})

async function ask(
  gateway: GatewayCalls,
  request: RefundRequest,
  isFirst: boolean,
): Promise<RefundReport> {
  const found = isFirst ? undefined : await gateway.findRefund(request)
  if (found) return found
  const asked = await gateway.refund(request)
  return asked.ok ? asked.value : { status: 'failed', reason: asked.error.reason }
}

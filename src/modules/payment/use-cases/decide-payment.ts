import { err, ok, type Result } from '../../../kernel/result.ts'
import { advance } from '../domain/advance-payment.ts'
import type { Payment, PersonError, PersonInput } from '../domain/payment.ts'
import type { PaymentPorts } from '../ports.ts'
import { applyInput, configuredGateway } from './apply-input.ts'
import { knownRefund, refundAtGateway } from './refund-payment.ts'

export type DecidePaymentError =
  PersonError | { kind: 'payment-not-found' } | { kind: 'gateway-not-reached' }

/**
 * Does what a person decided about money that no rule can move: accepts or gives back a wrong
 * amount, has a refund tried again, or notes that it was paid out by hand. The same decision again
 * changes nothing.
 *
 * Before anything is given back another way, the gateway is asked whether it gave it back after
 * all; where it cannot be asked now, nothing is decided.
 */
export async function decidePayment(
  ports: PaymentPorts,
  paymentId: string,
  decision: PersonInput,
): Promise<Result<Payment, DecidePaymentError>> {
  const found = await ports.payments.find(paymentId)
  if (!found) return err({ kind: 'payment-not-found' })
  if (decision.type === 'retry-refund' || decision.type === 'paid-out') {
    const wasAsked = await hearOfFailedRefund(ports, found)
    if (!wasAsked) return err({ kind: 'gateway-not-reached' })
  }

  let before = found
  const decided = await ports.payments.update(paymentId, (current) => {
    before = current ?? before
    return advance(current, decision, ports.clock())
  })
  if (!decided.ok) {
    const { error } = decided
    return error.kind === 'payment-unknown' ? err({ kind: 'payment-not-found' }) : err(error)
  }
  if (decided.value === before || decided.value.refund.status !== 'requested') return decided
  const asking = { reason: `decided by a person: ${decision.type}`, isFirst: true }
  await refundAtGateway(ports, decided.value, asking).catch((error: Error) =>
    ports.log.warn({ err: error, paymentId }, 'refund left to reconciliation'),
  )
  return ok((await ports.payments.find(paymentId)) ?? decided.value)
}

/** False when the gateway gave no answer. */
async function hearOfFailedRefund(ports: PaymentPorts, payment: Payment): Promise<boolean> {
  const { id, refund, gatewayId, terms } = payment
  const gateway = configuredGateway(ports, terms)
  if (refund.status !== 'failed' || !gateway || gatewayId === null) return true
  try {
    const report = await gateway.findRefund(knownRefund(payment, gatewayId))
    if (report?.status === 'done') {
      await applyInput(ports, id, { type: 'refund-reported', report })
    }
    return true
  } catch (error) {
    ports.log.warn({ err: error, paymentId: id }, 'gateway not reached')
    return false
  }
}

import { err, ok, type Result } from '../../../kernel/result.ts'
import type { PaymentPorts } from '../ports.ts'
import { applyInput, gatewayOf, known } from './apply-input.ts'

/**
 * Settles a payment whose buyer opened the link that confirms it. Repeating it settles nothing
 * again; a crash in the middle is made up for by the next visit or by reconciliation.
 */
export async function confirmPayment(
  ports: PaymentPorts,
  paymentId: string,
): Promise<Result<void, { kind: 'confirmation-over' }>> {
  if (!(await ports.confirmations.confirm(paymentId, ports.clock()))) {
    return err({ kind: 'confirmation-over' })
  }
  const payment = await ports.payments.find(paymentId)
  await ports.inTraceOf(paymentId, async () => {
    const report = payment && (await gatewayOf(ports, payment)?.get(paymentId, known(payment)))
    if (!report) throw new Error(`payment ${paymentId} was confirmed and is not known`)
    await applyInput(ports, paymentId, { type: 'reported', report })
  })
  return ok(undefined)
}
